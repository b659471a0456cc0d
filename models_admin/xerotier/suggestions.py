"""What pages offer while a person types. None of it is a rule: the API decides what it takes."""

# "Quantization methods vLLM knows": the document names awq, gptq and squeezellm as examples of them.
QUANTIZATIONS: tuple[str, ...] = (
    "awq", "gptq", "fp8", "bitsandbytes", "gguf", "compressed-tensors", "squeezellm",
    "aqlm", "awq_marlin", "auto-round", "bitblas", "cpu_awq", "deepgemm_fp8", "deepspeedfp", "experts_int8",
    "fbgemm_fp8", "gptq_bitblas", "gptq_marlin", "gptq_marlin_24", "hqq", "inc", "ipex", "marlin", "modelopt",
    "modelopt_fp4", "moe_wna16", "mxfp4", "neuron_quant", "petit_nvfp4", "ptpc_fp8", "qqq", "quark", "rtn",
    "torchao", "tpu_int8",
)  # fmt: skip

# The `architectures` entry of config.json of models that teams commonly serve.
ARCHITECTURES: tuple[str, ...] = (
    "LlamaForCausalLM", "MistralForCausalLM", "MixtralForCausalLM", "Qwen2ForCausalLM",
    "Qwen2MoeForCausalLM", "Qwen3ForCausalLM", "Qwen3MoeForCausalLM", "Qwen2VLForConditionalGeneration",
    "Qwen2_5_VLForConditionalGeneration", "GemmaForCausalLM", "Gemma2ForCausalLM", "Gemma3ForCausalLM",
    "Gemma3ForConditionalGeneration", "PhiForCausalLM", "Phi3ForCausalLM", "PhiMoEForCausalLM",
    "DeepseekV2ForCausalLM", "DeepseekV3ForCausalLM", "CohereForCausalLM", "Cohere2ForCausalLM",
    "DbrxForCausalLM", "FalconForCausalLM", "GPT2LMHeadModel", "GPTBigCodeForCausalLM",
    "GPTNeoXForCausalLM", "GptOssForCausalLM", "GraniteForCausalLM", "InternLM2ForCausalLM",
    "JambaForCausalLM", "LlavaForConditionalGeneration", "MambaForCausalLM", "MllamaForConditionalGeneration",
    "OlmoForCausalLM", "Olmo2ForCausalLM", "StableLmForCausalLM", "Starcoder2ForCausalLM",
    "BertModel", "NomicBertModel", "RobertaModel", "XLMRobertaModel",
    "XLMRobertaForSequenceClassification", "WhisperForConditionalGeneration",
)  # fmt: skip

# SPDX identifiers first, then the licences that models carry and SPDX does not list.
LICENSES: tuple[str, ...] = (
    "Apache-2.0", "MIT", "BSD-3-Clause", "BSD-2-Clause", "GPL-3.0-only", "AGPL-3.0-only", "LGPL-3.0-only",
    "MPL-2.0", "ISC", "Unlicense", "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0",
    "llama2", "llama3", "llama3.1", "llama3.2", "llama3.3", "llama4", "gemma", "openrail",
    "bigscience-openrail-m", "bigcode-openrail-m", "creativeml-openrail-m", "openrail++", "deepseek",
    "mistral-research", "qwen", "qwen-research", "tongyi-qianwen", "falcon-llm",
    "jamba-open-model", "nvidia-open-model", "other",
)  # fmt: skip
# Classes whose models make embeddings and nothing else.
EMBEDDING = frozenset({
    "BertModel", "RobertaModel", "XLMRobertaModel", "NomicBertModel", "DistilBertModel", "MPNetModel",
    "DebertaV2Model", "ElectraModel", "ModernBertModel", "NewModel", "GteModel", "JinaBertModel",
})  # fmt: skip
