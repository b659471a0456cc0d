"""What is probably wrong in a project's metadata: one rule, one entry of RULES and one small function (pure).

Most rules look at one model: the function gets the values of `needs`, none of them None, and returns a Problem or
None. A rule that compares models, or looks for what is absent, gets the whole Table and yields positions.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from models_admin.checks import estimates
from models_admin.checks.names import Says
from models_admin.checks.running import At, Problem, Rule
from models_admin.checks.table import Table
from models_admin.formatting.display import count_human, moment_utc, number_exact, size_human, tokens_human
from models_admin.xerotier.fields import FIELDS
from models_admin.xerotier.schemas import status_key

SHORTEST_CONTEXT, LONGEST_CONTEXT = 128, 10_000_000  # tokens
OFF = 2.0  # times: how far size, parameters and quantization may disagree
NAME_OFF = 1.5  # times: "7b" stands for anything from 4.7 to 10.5 billion
LONG = timedelta(hours=1)  # a validation takes minutes


def _only(values: tuple[int, ...]) -> int | None:
    return values[0] if len(values) == 1 else None


def status_long(status: str, table: Table) -> Iterator[At]:
    wanted = {text for text in set(table.column("status")) if status_key(text) == status}
    for position, text in enumerate(table.column("status")):
        if text in wanted:
            here, since = table.since(position)
            if _long(since, table.now):
                what = "last revalidated here" if here else "created"
                when = f"; the model was {what} on {moment_utc(since)}" if since else ""
                yield position, Problem(f"The status is {status}{when}.")


def _long(since: datetime | None, now: datetime) -> bool:
    return since is None or now - since > LONG


def name_parameters(says: Says, count: int) -> Problem | None:
    for said in says.parameters:
        if count < said * NAME_OFF and said < count * NAME_OFF:
            return None
    if not says.parameters:
        return None
    words = " or ".join(map(count_human, says.parameters))
    return Problem(f"The name says {words}, but the field says {count_human(count)}.", _only(says.parameters))


def name_context(says: Says, length: int) -> Problem | None:
    if not says.context or any(length in (said, said // 1024 * 1000) for said in says.context):
        return None
    said = " or ".join(map(tokens_human, says.context))
    return Problem(
        f"The name says {said}, but the field says {number_exact(length)} tokens.", _only(says.context)
    )


def name_quantization(says: Says, method: str) -> Problem | None:
    known = estimates.method_of(method) or method
    if not says.quantization or says.quantization in known or known in estimates.ANY_SCHEME:
        return None
    return Problem(f"The name says {says.quantization}, but the field says {method}.", says.quantization)


def quantization_method(method: str) -> Problem | None:
    known = estimates.method_of(method)
    if not method.strip() or known == method:
        return None
    if known:
        return Problem(f"“{method}” should be written {known}.", known)
    return Problem(f"“{method}” isn't a quantization method of vLLM.", estimates.alias_of(method))


def context_range(says: Says, length: int) -> Problem | None:
    if SHORTEST_CONTEXT <= length <= LONGEST_CONTEXT:
        return None
    return Problem(f"The context length is {number_exact(length)} tokens.", _only(says.context))


def size_parameters(says: Says, size: int, count: int, method: str) -> Problem | None:
    bits = estimates.bits_of(method)
    if not (size and count and bits):
        return None
    if bits[0] / OFF <= size * 8 / count <= bits[1] * OFF:
        return None
    said = _only(says.parameters)
    fits = said is not None and bits[0] / OFF <= size * 8 / said <= bits[1] * OFF
    usual = f"{bits[0]}" if bits[0] == bits[1] else f"{bits[0]} to {bits[1]}"
    reason = f"{size_human(size)} for {count_human(count)} parameters is {size * 8 / count:,.2g} bits per parameter"
    return Problem(f"{reason}; {method} uses {usual}.", said if fits else None)


def layers_parameters(hidden: int, layers: int, vocab: int, count: int, architecture: str) -> Problem | None:
    least, most = estimates.parameters_between(hidden, layers, vocab, architecture)
    if not least or least <= count <= most:
        return None
    sizes = f"Hidden size {hidden:,}, {layers:,} layers and a vocabulary of {vocab:,}"
    return Problem(
        f"{sizes} give {count_human(least)} to {count_human(most)} parameters, not {count_human(count)}."
    )


def workload_architecture(workload: str, architecture: str) -> Problem | None:
    if architecture not in estimates.EMBEDDING:
        return None
    workloads = {word.strip().casefold() for word in workload.split(",")} - {""}
    if not workloads or "embedding" in workloads:
        return None
    return Problem(f"{architecture} is an embedding model, but the workload is {workload}.", "embedding")


def latest_versions(table: Table) -> Iterator[At]:
    flags = table.column("is_latest")
    names = [(name or "").strip().casefold() for name in table.column("name")]
    repeated = {name for name, times in Counter(names).items() if times > 1 and name}
    groups: dict[str, list[int]] = defaultdict(list)
    for position, name in enumerate(names):
        if name in repeated and flags[position] is not None:
            groups[name].append(position)
    for same in groups.values():
        marked = sum(flags[position] for position in same)
        if len(same) > 1 and marked != 1:
            text = f"{marked} of {len(same)}" if marked else f"None of {len(same)}"
            for position in same:
                yield position, Problem(f"{text} models with this name are marked as the latest version.")


def shared_without(field: str, table: Table) -> Iterator[At]:
    shared = table.column("is_shared")
    for position in table.missing(field):
        if shared[position]:
            yield position, Problem(f"This model is shared without a {field}.")


def missing(field: str, table: Table) -> Iterator[At]:
    for position in table.missing(field):
        yield position, Problem("The field is empty.", estimates.proposal(field, position, table))


RULES: tuple[Rule, ...] = (
    Rule(
        "status-error",
        "Validation failed",
        "Validation of these models failed. Revalidate them, or upload their files again.",
        needs=("status",),
        check_all=partial(status_long, "error"),
    ),
    Rule(
        "status-validating",
        "Validating for more than an hour",
        "This console can't see revalidations that were started elsewhere.",
        needs=("status",),
        check_all=partial(status_long, "validating"),
    ),
    Rule(
        "name-parameters",
        "Name and parameters disagree",
        "The name gives a number of parameters that differs from the field by more than half.",
        needs=("says", "parameter_count"),
        check=name_parameters,
        field="parameter_count",
    ),
    Rule(
        "name-context",
        "Name and context length disagree",
        "The name gives a context length such as 128k that differs from the field.",
        needs=("says", "context_length"),
        check=name_context,
        field="context_length",
    ),
    Rule(
        "name-quantization",
        "Name and quantization disagree",
        "The name gives a quantization such as awq or Q4_K_M that differs from the field.",
        needs=("says", "quantization"),
        check=name_quantization,
        field="quantization",
    ),
    Rule(
        "quantization-method",
        "Unknown quantization",
        "vLLM has no method with this name, or spells it differently.",
        needs=("quantization",),
        check=quantization_method,
        field="quantization",
    ),
    Rule(
        "context-range",
        "Unlikely context length",
        "Fewer than 128 tokens, or more than 10 million.",
        needs=("says", "context_length"),
        check=context_range,
        field="context_length",
    ),
    Rule(
        "size-parameters",
        "Size and parameters disagree",
        "The files are more than twice or less than half the size that the parameters and quantization suggest.",
        needs=("says", "size_bytes", "parameter_count", "quantization"),
        check=size_parameters,
        field="parameter_count",
    ),
    Rule(
        "layers-parameters",
        "Layers and parameters disagree",
        "Hidden size, layers and vocabulary size don't fit this number of parameters.",
        needs=("hidden_size", "num_layers", "vocab_size", "parameter_count", "architecture"),
        check=layers_parameters,
    ),
    Rule(
        "workload-architecture",
        "Workload and architecture disagree",
        "The architecture belongs to embedding models, but the workload is not embedding.",
        needs=("workload_type", "architecture"),
        check=workload_architecture,
        field="workload_type",
    ),
    Rule(
        "latest-versions",
        "None or several latest versions",
        "Of the models with the same name, exactly one should be marked as the latest version.",
        needs=("name", "is_latest"),
        check_all=latest_versions,
    ),
    *(
        Rule(
            f"shared-{name}",
            f"Shared without a {name}",
            f"People who find these models in the catalog see no {name}.",
            needs=("is_shared", name),
            check_all=partial(shared_without, name),
        )
        for name in ("license", "description")
    ),
    *(
        Rule(
            f"missing-{item.name.replace('_', '-')}",
            f"{item.label} missing",
            "The API reports this field as empty.",
            needs=(item.name,),
            check_all=partial(missing, item.name),
            field=item.name,
        )
        for item in FIELDS
    ),
)
BY_NAME = {rule.name: rule for rule in RULES}
