from __future__ import annotations

from harness.codegen.write.tensor_table import Places, tensor_table

SINGLE = Places(((4, 0),), ((2, 8),))


def test_single_models_have_no_table() -> None:
    assert tensor_table([SINGLE, SINGLE]) == ({}, [])


def test_every_model_of_an_image_has_its_tensors() -> None:
    macros, (tensors, interfaces) = tensor_table([SINGLE, Places(((1, 0), (3, 4)), ((2, 8),))])
    assert macros == {"IMAGE_TENSORS": "5"}
    assert "{1u, 0u},\n    {3u, 4u},\n    {2u, 8u}" in tensors
    assert "{0u, 1u, 1u},\n    {2u, 2u, 1u}" in interfaces
