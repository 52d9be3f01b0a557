"""Names that modules of plans written for 0.1 import from here."""

from harness.data import dataset
from harness.variants.dataset import Dataset, Split


def test_the_old_place_has_the_same_classes() -> None:
    assert (Dataset, Split) == (dataset.Dataset, dataset.Split)
