/* Puts the dialect of MLPerf Tiny behind pipes, for test_dut_c.py: bytes of the line on stdin, the
 * replies on stdout, for a board whose input has 4 bytes and whose inference takes 1500 us. The
 * results are the input's bytes as signed thousandths. The input lies on the heap at its exact
 * size, so that AddressSanitizer sees any step beyond it. */
#include <stdio.h>
#include <stdlib.h>

#include "dut.h"

static uint64_t now_us;
static dut_board board = {.name = "desk", .model = "kws01", .input_bytes = 4, .results = 4};

static void write_out(const uint8_t *bytes, size_t count)
{
    fwrite(bytes, 1, count, stdout);
}

static void infer(void)
{
    now_us += 1500;
}

static uint64_t clock_us(void)
{
    return now_us;
}

static int32_t result(uint32_t index)
{
    return (int8_t)board.input[index] * 25;
}

int main(void)
{
    dut_state dut;
    board.input = malloc(board.input_bytes);
    board.write = write_out;
    board.infer = infer;
    board.clock_us = clock_us;
    board.result = result;
    dut_init(&dut, &board);
    for (int byte = getchar(); byte != EOF; byte = getchar()) {
        dut_feed(&dut, (uint8_t)byte);
    }
    free(board.input);
    return 0;
}
