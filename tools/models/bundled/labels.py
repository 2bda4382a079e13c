"""Names of ImageNet's 1000 classes."""

from functools import cache


@cache
def imagenet_names() -> tuple[str, ...]:
    """The first synonym of each class, in the order of the network's outputs."""
    from timm.data.imagenet_info import ImageNetInfo

    info = ImageNetInfo()
    return tuple(str(info.index_to_description(i)).split(",")[0].strip() for i in range(1000))
