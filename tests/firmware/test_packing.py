from hypothesis import given
from hypothesis import strategies as st

from harness.firmware.packing import Size, pack


def test_constants_add_up_and_kernels_are_shared() -> None:
    sizes = [Size(flash=3000, ram=400, constants=1000)] * 4
    assert pack(sizes, flash_free=6000, ram_free=400) == [[0, 1, 2, 3]]
    assert pack(sizes, flash_free=5999, ram_free=400) == [[0, 1, 2], [3]]


def test_later_models_fill_earlier_gaps() -> None:
    sizes = [Size(900, 1, 800), Size(900, 1, 800), Size(200, 1, 100)]
    assert pack(sizes, flash_free=1000, ram_free=1) == [[0, 2], [1]]


def test_a_model_too_large_gets_an_image_of_its_own() -> None:
    sizes = [Size(50_000, 1, 40_000), Size(100, 9_999, 10), Size(100, 1, 10)]
    assert pack(sizes, flash_free=30_000, ram_free=2_000) == [[0], [1], [2]]


@given(
    st.lists(
        st.builds(
            lambda constants, code, ram: Size(constants + code, ram, constants),
            st.integers(0, 500),
            st.integers(0, 300),
            st.integers(0, 100),
        ),
        max_size=12,
    )
)
def test_every_model_once_and_no_shared_image_too_full(sizes: list[Size]) -> None:
    images = pack(sizes, flash_free=1000, ram_free=80)
    assert sorted(index for members in images for index in members) == list(range(len(sizes)))
    for members in images:
        if len(members) > 1:
            code = max(sizes[index].flash - sizes[index].constants for index in members)
            assert code + sum(sizes[index].constants for index in members) <= 1000
