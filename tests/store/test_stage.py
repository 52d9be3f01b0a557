from harness.store import Stage


def test_names_are_those_of_stores_and_of_progress_events() -> None:
    """Stores of every version hold these names: none may change."""
    assert [str(stage) for stage in Stage] == [
        "waiting",
        "probe",
        "prepare",
        "model",
        "build",
        "fit",
        "measure",
        "layers",
        "energy",
    ]


def test_a_model_that_cannot_run_is_refused_and_all_else_failed() -> None:
    refusing = {stage for stage in Stage if stage.refuses}
    assert refusing == {Stage.MODEL, Stage.FIT}
    assert {stage: stage.status for stage in Stage} == {
        stage: "refused" if stage in refusing else "failed" for stage in Stage
    }
