"""Packing: as many models in an image as fit, so that one upload serves many cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Bytes that one model adds to an image.

    `flash` and `ram` are the differences between the image with this model alone and the image
    without models; `constants` is the part of `flash` that no other model can share.
    """

    flash: int
    ram: int
    constants: int


def pack(sizes: Sequence[Size], *, flash_free: int, ram_free: int) -> list[list[int]]:
    """Return the indexes of the models of each image, first fit in the given order.

    Estimate: constants add up; kernels are shared, the greatest code counts; arena and input buffer
    are shared, the greatest RAM counts. It can be too low where models use different kernels; the
    caller splits an image that does not link. A model too large for the target gets an image of its
    own, and the build reports by how much.
    """
    images: list[list[int]] = []
    for index in range(len(sizes)):
        for members in images:
            together = [sizes[other] for other in [*members, index]]
            flash = sum(each.constants for each in together)
            flash += max(each.flash - each.constants for each in together)
            if flash <= flash_free and max(each.ram for each in together) <= ram_free:
                members.append(index)
                break
        else:
            images.append([index])
    return images
