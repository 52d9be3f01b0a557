from harness.report.latex import to_latex
from harness.results.table import results_frame
from tests.report.synthetic import Made


def test_latex_escapes_names_and_leaves_out_what_was_not_measured(made: Made) -> None:
    frame = results_frame(made.store, made.run_id)
    frame["variant"] = frame["variant"].str.replace("neuron", "neuron_20%")
    text = to_latex(frame, "digits_a&b")
    assert text.count(r"\begin{tabular}") == text.count(r"\bottomrule") == 2
    assert r"neuron\_20\% & int8 & 96.7 & " in text
    assert r"digits\_a\&b on qemu-m4; latency is instructions counted by a simulator." in text
    assert r"$\mu$s" in text
    lines = [line for line in text.splitlines() if " & int8 & " in line]
    assert len(lines) == 7  # four variants on two targets, one of them refused
    assert {line.count("&") - line.count(r"\&") for line in lines} == {7}


def test_latex_tells_engines_apart_where_there_are_two(made: Made) -> None:
    frame = results_frame(made.store, made.run_id)
    assert "variant & dtype & accuracy" in to_latex(frame, "digits")
    frame.loc[frame["variant"] == "neuron", "engine"] = "tflm"
    text = to_latex(frame, "digits")
    assert r"\begin{tabular}{lllrrrrrr}" in text
    assert r"variant & dtype & engine & accuracy / \% & median latency & in" in text
    assert "neuron & int8 & tflm & 96.7 & " in text


def test_latex_writes_r2_without_a_package(made: Made) -> None:
    frame = results_frame(made.store, made.run_id)
    text = to_latex(frame.assign(task="regression", r2_device=0.5), "digits")
    assert r"dtype & R$^2$ / \% & median latency" in text


def test_latex_has_no_table_of_a_target_without_figures(made: Made) -> None:
    frame = results_frame(made.store, made.run_id)
    frame.loc[frame["target"] == "host", "status"] = "failed"
    text = to_latex(frame, "digits")
    assert text.count(r"\begin{table}") == 1
    assert "on host" not in text
