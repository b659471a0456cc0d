"""What a model's name says about it: how many parameters, how long a context, which quantization (pure)."""

import re
from functools import lru_cache
from typing import NamedTuple

METHODS = {
    **{word: word for word in ("awq", "gptq", "fp8", "gguf", "squeezellm", "aqlm", "hqq", "mxfp4")},
    **dict.fromkeys(("bnb", "bitsandbytes"), "bitsandbytes"),
}
# One pattern for all, as ten thousand names are searched at once: 8x7b or 70B, 128k, Q4_K_M, awq.
SAID = re.compile(
    r"""
    (?<![a-z0-9]) (?:
        (?<!\.) (?: (?P<times>\d{1,3}) x )? (?P<number>\d{1,4} (?: \.\d{1,3} )?) (?P<unit>[bmk])
      | (?P<gguf> i?q[2-8]_ (?: k_[sml] | k | [01] | xxs | xs | s | m | nl ) )
      | (?P<method> """
    + "|".join(METHODS)
    + r""" )
    ) (?![a-z0-9])
    """,
    re.VERBOSE,
)
# Names also count other things in thousands ("10k steps"): only powers of two are taken for a context length.
CONTEXTS = {str(2**power): 2**power * 1024 for power in range(1, 11)}
SMALLEST_MILLIONS = 20  # "1m" may be a context length as well as a very small model


class Says(NamedTuple):
    """What a name says. Empty or "" where it says nothing; several numbers where it names several."""

    parameters: tuple[int, ...] = ()
    context: tuple[int, ...] = ()  # tokens
    quantization: str = ""  # the vLLM method


def name_says(name: str) -> Says:
    return _says(tuple(SAID.findall(name.lower())))


@lru_cache(maxsize=4096)  # many names say the same
def _says(found: tuple[tuple[str, ...], ...]) -> Says:
    parameters, contexts, methods = [], [], []
    for times, number, unit, gguf, method in found:
        if not unit:
            methods.append("gguf" if gguf else METHODS[method])
        elif unit == "k":
            contexts.append(CONTEXTS.get(number, 0))
        else:
            parameters.append(_count(times, number, unit))
    return Says(_distinct(parameters), _distinct(contexts), methods[0] if methods else "")


def _distinct(counts: list[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(count for count in counts if count))


def _count(times: str, number: str, unit: str) -> int:
    """ "8x7b" counts as 56 billion: the model has fewer, as its experts share some, but not by half. 0 for none."""
    count = float(number) * int(times or 1)
    if unit == "m" and count < SMALLEST_MILLIONS:
        return 0
    return round(count * (10**9 if unit == "b" else 10**6))
