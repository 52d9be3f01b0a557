import numpy as np
import pytest

from harness.report.verdict import verdicts
from tests.report.judged import FEW, LABELS, model, only, original
from tests.report.runs import CLASSES, Model, make_data, make_frame, right


def test_the_fastest_that_is_shown_is_shipped() -> None:
    verdict = only(
        original(), model("close", range(22), 500), model("far", range(80), 100)
    )  # fmt: skip
    assert (verdict.choice, verdict.baseline, verdict.shown) == (1, 0, True)
    assert verdict.advice == "ship"
    assert verdict.headline == "Ship close int8, no more than 1 point worse (95 %, of 2 models)"
    assert "−0.1 points against original int8" in verdict.support[0]  # noqa: RUF001
    assert verdict.support[0].startswith("98.9 % correct (98.3 to 99.3), ")
    assert "2.00× the speed of original int8" in verdict.support[1]  # noqa: RUF001
    assert verdict.support[3] == "compared on 2,000 test samples: 0 gained, 2 lost"


def test_what_300_samples_cannot_show_is_a_candidate() -> None:
    verdict = only(
        original(6, few=True), model("close", range(2, 9), 500, few=True), labels=FEW
    )  # fmt: skip
    assert (verdict.choice, verdict.shown, verdict.advice) == (1, False, "candidate")
    assert verdict.headline == "Candidate close int8"
    assert verdict.support[3:] == (
        "compared on 300 test samples: 2 gained, 3 lost",
        "a drop of up to 1.9 points is not excluded (95 %, of 1 model)",
        "300 samples can show 2.4 points; about 2,700 would settle it, if it is as good as it "
        "measured",
    )


def test_too_few_samples_for_a_point_are_told() -> None:
    labels = np.arange(200) % CLASSES
    models = [Model("original", right(labels, [1]), 1000), Model("fast", right(labels, [1]), 500)]
    verdict = only(*models, labels=labels)
    assert verdict.headline == "Candidate fast int8"
    assert verdict.support[-1] == (
        "200 samples can show 1.4 points; fewer than 268 cannot show 1 point at all; about 270 "
        "would settle it, if it is as good as it measured"
    )
    twelve = [Model(f"v{n}", right(labels, [n]), 500 + n) for n in range(12)]
    assert (
        "fewer than 690 cannot show 1 point at all"
        in only(models[0], *twelve, labels=labels).support[-1]
    )


def test_validation_samples_are_pooled_where_cells_equal_the_reference() -> None:
    held = np.arange(400) % CLASSES
    models = [
        Model("original", right(FEW, range(3)), 1000, held=right(held, [3])),
        Model("close", right(FEW, range(3)), 500, held=right(held, [4])),
    ]
    verdict = only(*models, labels=FEW, held=held)
    assert verdict.support[3].startswith(
        "compared on 300 test samples and 400 validation samples, for which the reference answers "
        "and which chose the epochs kept: 1 gained, 1 lost"
    )
    without = [Model("original", models[0].said, 1000), models[1]]
    assert (
        only(*without, labels=FEW, held=held)
        .support[3]
        .startswith("compared on 300 test samples: 0 gained, 0 lost")
    )


def test_one_original_is_fixed_by_its_dtype_not_by_its_luck() -> None:
    verdict = only(
        original(30, 1000, dtype="float32"), original(28, 100), model("neuron", range(31), 10)
    )  # fmt: skip
    assert (verdict.choice, verdict.baseline) == (2, 0)
    assert "against original float32" in verdict.support[0]
    assert verdict.support[1].endswith(
        "10.0× the speed of the unpruned int8 model and 100× the speed of original float32"  # noqa: RUF001
    )
    assert "(95 %, of 2 models)" in verdict.headline  # the int8 original is one of them


def test_the_original_itself_can_win() -> None:
    verdict = only(original(), model("slow", range(20), 1100))
    assert (verdict.choice, verdict.headline) == (0, "Ship original int8")


def test_failed_cells_take_no_part_but_are_mentioned() -> None:
    verdict = only(
        original(), model("a", range(20), 500, status="failed"), model("b", range(20), 600)
    )  # fmt: skip
    assert verdict.choice == 2
    assert verdict.support[-1] == "1 cell of this target could not take part"


@pytest.mark.parametrize(
    ("models", "why"),
    [
        ([original(status="failed")], "none of 2 cells ended with figures"),
        ([model("neuron", [])], "no unpruned variant was measured here"),
        ([original(off=2)], "original int8 cannot be compared with: outputs differ from TensorFlow "
         "Lite's: off by ≤ 2 LSB"),
        ([original(outputs=np.zeros((2000, CLASSES), np.int8))], "all 2,000 outputs are the same"),
        ([original(dtype="float32", outputs=np.full((2000, CLASSES), np.nan, np.float32))],
         "2,000 of 2,000 outputs hold NaN or infinity"),
        ([original(latency=0)], "the median time is not above 0"),
        ([original(facts={"implausible_time": "faster than its MACs"})], "faster than its MACs"),
    ],
)  # fmt: skip
def test_where_the_rule_cannot_be_applied_it_says_why(models: list[Model], why: str) -> None:
    verdict = only(*models, model("magnitude", [], 500, status="failed"))
    assert (verdict.choice, verdict.baseline, verdict.shown) == (None, None, False)
    assert verdict.headline.startswith("No verdict: ")
    assert why in verdict.headline
    assert "Ship" not in " ".join([verdict.headline, *verdict.support])


def test_without_labels_there_is_no_verdict() -> None:
    verdict = only(original(), labels=np.empty(0, int))
    assert "no accuracy is known here, for lack of labels or" in verdict.headline


def test_a_model_that_always_names_the_most_frequent_class_is_not_recommended() -> None:
    labels = np.repeat([0, 1], [1900, 100])
    always = Model("original", right(np.zeros(2000, int), [1]) * 0, 1000)
    noisy = Model("original", np.where(np.arange(2000) < 1, 1, 0), 1000)
    pruned = Model("fast", np.zeros(2000, int), 500)
    constant = only(always, pruned, labels=labels)
    assert "all 2,000 outputs are the same" in constant.headline
    verdict = only(noisy, pruned, labels=labels)
    assert verdict.choice is None
    assert verdict.headline == (
        "No verdict: original int8 is not better than always naming the most frequent class "
        "(95.0 % correct, p 0.750). Are labels in another order than outputs?"
    )


def test_labels_in_another_order_are_not_recommended() -> None:
    verdict = only(Model("original", (LABELS + 1) % CLASSES), Model("a", (LABELS + 1) % CLASSES, 5))
    assert verdict.choice is None
    assert verdict.headline == (
        "No verdict: original int8: labels seem to be in another order than the outputs: label 0 "
        "is answered by output 1, label 1 is answered by output 2, label 2 is answered by output "
        "3, label 3 is answered by output 4 and 6 more; so 100.0 % of the answers are correct "
        "instead of 0.0 %"
    )


def test_two_exchanged_labels_are_found_though_the_rest_is_right() -> None:
    swapped = LABELS.copy()
    swapped[LABELS == 3], swapped[LABELS == 8] = 8, 3
    verdict = only(Model("original", swapped), Model("a", swapped, 5))
    assert verdict.choice is None
    assert "label 3 is answered by output 8 and label 8 is answered by output 3; so 100.0 %" in (
        verdict.headline
    )


def test_a_model_at_chance_asks_for_the_order_of_labels() -> None:
    at_random = np.random.default_rng(5).integers(0, CLASSES, len(LABELS))
    verdict = only(Model("original", at_random), Model("a", at_random, 5))
    assert verdict.choice is None
    assert "is not better than always naming the most frequent class" in verdict.headline
    assert "Are labels in another order than outputs?" in verdict.headline


def test_a_candidate_that_learned_nothing_or_is_broken_is_no_choice() -> None:
    labels = np.repeat([0, 1], [1990, 10])
    good = Model("original", labels, 1000)
    lazy = Model("lazy", np.where(np.arange(2000) < 1, 1, 0), 100)
    broken = Model("broken", labels, 200, off=1)
    verdict = only(good, lazy, broken, Model("fine", labels, 500), labels=labels)
    assert verdict.choice == 3
    assert verdict.support[-2:] == (
        "lazy int8 is no choice: not better than always naming the most frequent class (p 0.750)",
        "broken int8 is no choice: outputs differ from TensorFlow Lite's: off by ≤ 1 LSB",
    )


def test_float_outputs_may_differ_by_what_is_stated() -> None:
    near = right(LABELS, range(20))
    outputs = np.zeros((2000, CLASSES), np.float32)
    outputs[np.arange(2000), near] = 1
    for off, shown in ((1e-6, True), (1e-3, False)):
        moved = outputs.copy()
        moved[5, 3] += np.float32(off)
        verdict = only(
            original(20, dtype="float32"), Model("a", near, 500, dtype="float32", outputs=moved)
        )
        assert verdict.headline.startswith("Ship a") == shown
        assert ("is no choice" in verdict.support[-1]) != shown


def test_a_choice_that_beats_a_better_rival_by_speed_alone_is_a_candidate() -> None:
    verdict = only(original(30), model("fast", range(34), 500), model("better", range(10), 700))
    assert (verdict.choice, verdict.shown) == (1, False)
    assert verdict.headline == "Candidate fast int8"
    assert "better int8 is better by +1.2 points (p <0.001) and loses by speed alone" in (
        verdict.support
    )


def test_a_faster_model_that_is_not_shown_is_mentioned() -> None:
    verdict = only(
        original(100), model("shown", range(100), 700), model("open", range(60, 175), 300)
    )  # fmt: skip
    assert verdict.choice == 1
    assert verdict.support[-1] == (
        "open int8 is faster, but a drop of up to 2 points is not excluded (95 %, of 2 models)"
    )


def test_the_host_s_clock_is_no_ground_for_shipping() -> None:
    clock = {"timing_kind": "host-clock", "latency_unit": "us"}
    verdict = only(original(facts=clock), model("a", range(20), 500, facts=clock))
    assert verdict.headline.startswith("Fastest here: a int8, no more than 1 point worse")
    assert verdict.advice == "fastest"


def test_targets_are_judged_apart_and_in_order() -> None:
    title = {"target_title": "Arduino Uno"}
    data = make_data(
        LABELS,
        [
            original(target="uno", facts=title), original(),
            model("neuron", range(20), 500, target="uno"), model("neuron", range(20), 2000),
        ],
    )  # fmt: skip
    found = verdicts(data, make_frame(data), 0.01)
    assert [(item.target, item.title, item.choice) for item in found] == [
        ("uno", "Arduino Uno", 2),
        ("m4", "m4", 1),
    ]


def test_with_two_engines_one_original_is_compared_with() -> None:
    verdict = only(
        original(20, 3000, engine="tflm"), original(20, 1000),
        model("filter", range(21), 1500, engine="tflm"), model("filter", range(21), 500),
    )  # fmt: skip
    assert (verdict.choice, verdict.baseline) == (3, 1)
    assert verdict.headline == "Ship filter int8, no more than 1 point worse (95 %, of 2 models)"
    assert "2.00× the speed of original int8" in verdict.support[1]  # noqa: RUF001
    assert verdict.finding.endswith(
        " codegen had 3.00× the speed of tflm on 2 models that both ran."  # noqa: RUF001
    )
    alone = only(original(20, engine="tflm"))
    assert (alone.headline, alone.baseline) == ("Ship original int8 (tflm)", 0)


def test_an_auc_whose_error_is_unknown_excludes_no_drop() -> None:
    shown = np.random.default_rng(1).normal(size=(200, CLASSES)).astype(np.float32)
    labels = np.arange(200) % 2
    back = shown + labels[:, None].astype(np.float32)  # anomalies come back worse, surely
    models = [
        Model(name, labels, latency, dtype="float32", outputs=back, reference=back)
        for name, latency in (("original", 1000), ("twin", 500))
    ]
    data = make_data(labels, models, task="anomaly", samples=shown, classes=0)
    (verdict,) = verdicts(data, make_frame(data), 0.01)
    assert verdict.headline == "Candidate twin float32"
    assert verdict.support[3:] == (
        "compared on 200 test samples: ±0.0 points",
        "no drop is excluded (95 %, of 1 model)",
    )


def test_a_negative_r2_is_not_recommended() -> None:
    values = np.linspace(-1, 1, 2000)[:, None].astype(np.float32)
    said = np.zeros((2000, CLASSES), np.float32)
    data = make_data(
        np.repeat(values, CLASSES, axis=1),
        [Model("original", LABELS, dtype="float32", outputs=said - 3 * values),
         Model("a", LABELS, 500, dtype="float32")],
        task="regression", classes=0,
    )  # fmt: skip
    (verdict,) = verdicts(data, make_frame(data), 0.01)
    assert verdict.choice is None
    assert "cannot be compared with" in verdict.headline


def test_a_prediction_worse_than_the_mean_is_not_recommended() -> None:
    values = np.repeat(np.linspace(-1, 1, 2000)[:, None], CLASSES, axis=1).astype(np.float32)
    data = make_data(
        values,
        [Model(name, LABELS, 10, dtype="float32") for name in ("original", "a")],
        task="regression", classes=0,
    )  # fmt: skip
    (verdict,) = verdicts(data, make_frame(data), 0.01)
    assert verdict.choice is None
    assert "original float32 is not better than always saying the mean (-" in verdict.headline
    assert "% of the variance explained (R²), p 1.000)" in verdict.headline
