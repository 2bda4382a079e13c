"""Tiny models of the real architectures with their real processors: random weights, made here from configurations.

They say nothing sensible. They show that a model of such an architecture, as it lies in a folder of the hub, goes the
whole way through our code: its own processor, the form of its chat template, its names of tensors and its tokens.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

WIDTH = 64
TEXT = {
    "hidden_size": WIDTH, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 4096,
}  # fmt: skip
WORDS = "describe judge group colour shape picture image yes no Yes No red blue round square answer JSON not visible"
TURN = "<|im_start|>{{ message['role'] }}\n"
PARTS = (
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}IMAGE"
    "{% elif part['type'] == 'text' %}{{ part['text'] }}{% endif %}{% endfor %}"
)
"""What a message holds. As in the models' own templates it is a list of parts, never a plain text."""
CHATML = (
    "{% for message in messages %}" + TURN + PARTS + "<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SMOL = (
    "<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}"
    "{% if message['content'][0]['type'] == 'image' %}:{% else %}: {% endif %}"
    + PARTS
    + "<end_of_utterance>\n"
    "{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"
)
LLAVA = (
    "{% for message in messages %}{{ message['role'] | upper }}: " + PARTS + " {% endfor %}"
    "{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)


def tokenizer(*special: str, **named: str) -> Any:
    """A byte-level tokenizer with some hundred pieces; the real ones have some hundred thousand."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=["<pad>", "<|im_start|>", "<|im_end|>", *special],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    raw.train_from_iterator([WORDS] * 4, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=raw,
        pad_token="<pad>",
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        additional_special_tokens=list(special),
        **({"extra_special_tokens": named} if named else {}),
    )


def _marks(words: Any) -> dict[str, int]:
    return {
        "vocab_size": len(words),
        "pad_token_id": words.pad_token_id,
        "bos_token_id": words.bos_token_id,
        "eos_token_id": words.eos_token_id,
    }


def _save(folder: Path, network: Any, processor: Any) -> None:
    network.generation_config.pad_token_id = processor.tokenizer.pad_token_id
    network.generation_config.eos_token_id = processor.tokenizer.eos_token_id
    network.save_pretrained(folder)
    processor.save_pretrained(folder)


def idefics3(folder: Path) -> None:
    """SmolVLM-256M's architecture, which is the catalogue's "vlm-small"."""
    from transformers import (
        Idefics3Config,
        Idefics3ForConditionalGeneration,
        Idefics3ImageProcessor,
        Idefics3Processor,
    )

    words, seen, text = _smol()
    config = Idefics3Config(
        vision_config=seen,
        text_config=text,
        scale_factor=2,
        image_token_id=words.convert_tokens_to_ids("<image>"),
    )
    images = Idefics3ImageProcessor(size={"longest_edge": 128}, max_image_size={"longest_edge": 64})
    processor = Idefics3Processor(
        images, words, image_seq_len=16, chat_template=SMOL.replace("IMAGE", "<image>")
    )
    _save(folder, Idefics3ForConditionalGeneration(config), processor)


def smolvlm(folder: Path) -> None:
    """SmolVLM2's architecture."""
    from transformers import (
        SmolVLMConfig,
        SmolVLMForConditionalGeneration,
        SmolVLMImageProcessor,
        SmolVLMProcessor,
        SmolVLMVideoProcessor,
    )

    words, seen, text = _smol()
    config = SmolVLMConfig(
        vision_config=seen,
        text_config=text,
        scale_factor=2,
        image_token_id=words.convert_tokens_to_ids("<image>"),
    )
    processor = SmolVLMProcessor(
        SmolVLMImageProcessor(size={"longest_edge": 128}, max_image_size={"longest_edge": 64}),
        words,
        SmolVLMVideoProcessor(size={"longest_edge": 64}, max_image_size={"longest_edge": 64}),
        image_seq_len=16,
        chat_template=SMOL.replace("IMAGE", "<image>"),
    )
    _save(folder, SmolVLMForConditionalGeneration(config), processor)


def _smol() -> tuple[Any, dict[str, Any], dict[str, Any]]:
    grid = [f"<row_{row}_col_{column}>" for row in range(1, 5) for column in range(1, 5)]
    words = tokenizer(
        "<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>", "<video>", *grid
    )
    seen = {
        "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
        "image_size": 64, "patch_size": 8,
    }  # fmt: skip
    return words, seen, {"model_type": "llama", **TEXT, **_marks(words)}


def qwen2_vl(folder: Path) -> None:
    """The architecture of the catalogue's "vlm-good"."""
    from transformers import Qwen2VLConfig, Qwen2VLForConditionalGeneration, Qwen2VLProcessor

    seen = {
        "depth": 2,
        "embed_dim": 32,
        "num_heads": 2,
        "hidden_size": WIDTH,
        "mlp_ratio": 2,
        "patch_size": 14,
    }
    _qwen(folder, Qwen2VLConfig, Qwen2VLForConditionalGeneration, Qwen2VLProcessor, seen)


def qwen2_5_vl(folder: Path) -> None:
    """Qwen2.5-VL's architecture, whose vision looks through windows."""
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

    seen = {
        "depth": 2, "hidden_size": 32, "num_heads": 2, "intermediate_size": 64, "out_hidden_size": WIDTH,
        "patch_size": 14, "window_size": 56, "fullatt_block_indexes": [1],
    }  # fmt: skip
    _qwen(folder, Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor, seen)


def qwen3_vl(folder: Path) -> None:
    """Qwen3-VL's architecture, which hands layers of its eyes to layers of its language model."""
    from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration, Qwen3VLProcessor

    seen = {
        "depth": 2, "hidden_size": 32, "num_heads": 2, "intermediate_size": 64, "out_hidden_size": WIDTH,
        "patch_size": 16, "num_position_embeddings": 64, "deepstack_visual_indexes": [0],
    }  # fmt: skip
    _qwen(
        folder, Qwen3VLConfig, Qwen3VLForConditionalGeneration, Qwen3VLProcessor, seen, patch=16, head_dim=16
    )


def _qwen(
    folder: Path,
    config: Any,
    network: Any,
    processor: Any,
    seen: dict[str, Any],
    patch: int = 14,
    **text: Any,
) -> None:
    from transformers import Qwen2VLImageProcessor, Qwen2VLVideoProcessor

    words = tokenizer("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
    number = words.convert_tokens_to_ids
    rope = {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 10000.0}
    made = config(
        vision_config=seen,
        text_config={**TEXT, **_marks(words), "rope_parameters": rope, **text},
        image_token_id=number("<|image_pad|>"),
        video_token_id=number("<|video_pad|>"),
        vision_start_token_id=number("<|vision_start|>"),
        vision_end_token_id=number("<|vision_end|>"),
    )
    size = {"shortest_edge": 56 * 56, "longest_edge": 112 * 112}
    template = CHATML.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>")
    images = Qwen2VLImageProcessor(size=size, patch_size=patch)
    videos = Qwen2VLVideoProcessor(size=size, patch_size=patch)
    _save(folder, network(made), processor(images, words, videos, chat_template=template))


def llava(folder: Path) -> None:
    """LLaVA-1.5's architecture: CLIP's eyes, all but the last layer, and a Llama."""
    from transformers import (
        CLIPImageProcessor,
        CLIPVisionConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
    )

    words = tokenizer("<image>", image_token="<image>")
    vision = CLIPVisionConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=3,
        num_attention_heads=2,
        image_size=56,
        patch_size=14,
    )
    config = LlavaConfig(
        vision_config=vision,
        text_config={"model_type": "llama", **TEXT, **_marks(words)},
        image_token_id=words.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-2,
        vision_feature_select_strategy="default",
    )
    images = CLIPImageProcessor(size={"shortest_edge": 56}, crop_size={"height": 56, "width": 56})
    processor = LlavaProcessor(
        images, words, patch_size=14, vision_feature_select_strategy="default", num_additional_image_tokens=1,
        chat_template=LLAVA.replace("IMAGE", "<image>\n"),
    )  # fmt: skip
    _save(folder, LlavaForConditionalGeneration(config), processor)


def clip_vit_b_32(folder: Path) -> None:
    """The architecture of the catalogue's "clip-small", as open_clip has it, with fewer and narrower layers."""
    import open_clip

    config = open_clip.get_model_config("ViT-B-32")
    config["embed_dim"] = 32
    config["vision_cfg"] |= {"layers": 2, "width": WIDTH, "head_width": 16}
    config["text_cfg"] |= {"layers": 2, "width": WIDTH, "heads": 2}
    _save_open_clip(folder, config)


def siglip2_vit_b_16(folder: Path) -> None:
    """SigLIP2's architecture, as open_clip has it: a trunk of timm with attention pooling, a tokenizer of the hub."""
    import open_clip

    config = open_clip.get_model_config("ViT-B-16-SigLIP2")
    words = tokenizer()
    folder.mkdir(parents=True, exist_ok=True)
    words.save_pretrained(folder)
    config["embed_dim"] = WIDTH
    config["vision_cfg"]["timm_model_name"] = _tiny_trunk()
    config["text_cfg"] |= {"layers": 2, "width": WIDTH, "heads": 2, "vocab_size": len(words)}
    _save_open_clip(folder, config)


def _tiny_trunk() -> str:
    """Register timm's trunk of SigLIP with fewer and narrower layers; open_clip knows it by this name."""
    import timm
    from timm.models.vision_transformer import VisionTransformer

    def vit_tiny_patch16_siglip_224(pretrained: bool = False, **more: Any) -> VisionTransformer:
        shape = {"patch_size": 16, "embed_dim": WIDTH, "depth": 2, "num_heads": 2, "class_token": False}
        more = {key: value for key, value in more.items() if key in ("img_size", "num_classes")}
        return VisionTransformer(**shape, global_pool="map", **more)

    vit_tiny_patch16_siglip_224.__module__ = "timm.models.vision_transformer"
    if not timm.is_model("vit_tiny_patch16_siglip_224"):
        timm.models.register_model(vit_tiny_patch16_siglip_224)
    return "vit_tiny_patch16_siglip_224"


def _save_open_clip(folder: Path, config: dict[str, Any]) -> None:
    import open_clip
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    preprocess = {"mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic", "resize_mode": "squash"}
    whole = {"model_cfg": config, "preprocess_cfg": preprocess}
    (folder / "open_clip_config.json").write_text(json.dumps(whole), "utf-8")
    network = open_clip.create_model(f"local-dir:{folder}", load_weights=False, pretrained_text=False)
    weights = {name: tensor.contiguous().clone() for name, tensor in network.state_dict().items()}
    save_file(weights, folder / "open_clip_model.safetensors")


TALKERS: dict[str, Callable[[Path], None]] = {
    "idefics3": idefics3,
    "smolvlm": smolvlm,
    "qwen2_vl": qwen2_vl,
    "qwen2_5_vl": qwen2_5_vl,
    "qwen3_vl": qwen3_vl,
    "llava": llava,
}
ENCODERS: dict[str, Callable[[Path], None]] = {
    "clip_vit_b_32": clip_vit_b_32,
    "siglip2_vit_b_16": siglip2_vit_b_16,
}
