from harness.profile.listing import Instruction, parse

THUMB = """
firmware.elf:     file format elf32-littlearm

Disassembly of section .text:

00000400 <run>:
     400:\tpush\t{r4, r5, lr}
     402:\tldr.w\tr0, [r1, #8]\t@ 0x8
     406:\tbne.n\t40c <run+0xc>
     408:\t.word\t0x20000000
     40c:\tpop\t{r4, r5, pc}

0000040e <next>:
     40e:\tbx\tlr
"""


def test_instructions_with_their_functions() -> None:
    found = parse(THUMB)
    assert found.functions == {"run": 0x400, "next": 0x40E}
    assert found.instructions == (
        Instruction(0x400, "push", "{r4, r5, lr}", "run"),
        Instruction(0x402, "ldr", "r0, [r1, #8]", "run"),
        Instruction(0x406, "bne", "40c", "run"),
        Instruction(0x40C, "pop", "{r4, r5, pc}", "run"),
        Instruction(0x40E, "bx", "lr", "next"),
    )
    assert (found.first, found.end) == (0x400, 0x412)


def test_addresses_of_eight_digits_and_comments() -> None:
    found = parse("80000000 <f>:\n80000000:\tadd\tgp,gp,-2048 # 80400800 <g>\n80000004:\tret\n")
    assert found.instructions == (
        Instruction(0x80000000, "add", "gp,gp,-2048", "f"),
        Instruction(0x80000004, "ret", "", "f"),
    )
