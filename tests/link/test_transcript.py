from harness.link.transcript import FIRST, Transcript


def test_a_line_for_each_piece() -> None:
    transcript = Transcript("desk")
    transcript.sent(b"\0ab")
    transcript.received(b"\xff")
    title, device, dropped, *pieces = transcript.text().splitlines()
    assert (title, device, dropped) == (FIRST, "device desk", "dropped 0")
    assert [piece.split()[1:] for piece in pieces] == [[">", "006162"], ["<", "ff"]]


def test_the_newest_bytes_are_kept() -> None:
    transcript = Transcript("desk", limit=10)
    for index in range(8):
        transcript.received(bytes([index] * 4))
    lines = transcript.text().splitlines()
    assert lines[2:3] == ["dropped 24"]
    assert [line.split()[2] for line in lines[3:]] == ["06060606", "07070707"]
