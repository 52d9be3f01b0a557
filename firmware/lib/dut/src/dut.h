/* The device's side of the text dialect that MLPerf Tiny's runner speaks: docs/mlperf.md. */
#ifndef DUT_H
#define DUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DUT_COMMAND_BYTES 80 /* longest command, without the '%' that ends it */

/* What the dialect needs of a board. */
typedef struct {
    const char *name;     /* in the reply to `name` */
    const char *model;    /* in the reply to `profile`: the runner picks its test by it */
    uint8_t *input;       /* filled by `db` */
    uint32_t input_bytes; /* that one inference takes */
    uint32_t results;     /* values in the output */
    void (*write)(const uint8_t *bytes, size_t count);
    void (*infer)(void);         /* one inference on `input`, which it leaves as it is */
    uint64_t (*clock_us)(void);  /* never goes back */
    int32_t (*result)(uint32_t); /* an output value in thousandths, rounded */
} dut_board;

typedef struct {
    const dut_board *board;
    uint32_t expected; /* bytes that `db load` announced */
    uint32_t received;
    uint8_t length;
    bool too_long;
    bool inferred;
    char command[DUT_COMMAND_BYTES + 1];
} dut_state;

/* Starts without input or results and says nothing. `board` has to live as long as `dut`. */
void dut_init(dut_state *dut, const dut_board *board);

/* Takes one byte of the line; answers the command that it ends. Line ends between and within
 * commands are ignored. */
void dut_feed(dut_state *dut, uint8_t byte);

#endif
