/* The application of an image for MLPerf Tiny's runner, in place of app_link.c. Compiled where
 * image.h names the benchmark: see harness/dialects/dut.py. */
#define IMAGE_WITHOUT_MODELS /* in images that speak another dialect */
#include "image.h"

#if defined(IMAGE_DUT_MODEL)

#undef IMAGE_WITHOUT_MODELS
#include "image.h" /* again, now with its model */

#include <string.h>

#include "dut.h"
#include "engine_flash.h"
#include "engine_model.h"
#include "port.h"

static ENGINE_ALIGN(16) uint8_t arena[IMAGE_ARENA_BYTES];
static uint8_t input[IMAGE_INPUT_BYTES];
static uint64_t ticks; /* of all inferences so far: the counter runs only while one does */
static engine_model model;
static dut_state dut;

/* The input goes into the arena anew each time, as the engine overwrites it; that is not timed. */
static void infer_once(void)
{
    uint8_t *to = arena + model.input_offset;
    for (uint32_t i = 0; i < model.input_bytes; i++) {
        to[i] = (uint8_t)(input[i] ^ IMAGE_DUT_INPUT_FLIP);
    }
    if (model.reset) { /* samples are independent of each other */
        model.reset(arena);
    }
    port_counter_start();
    model.run(arena);
    ticks += port_counter_stop();
}

static uint64_t clock_us(void)
{
    const uint32_t hz = port_counter_hz();
    return ticks / hz * 1000000u + ticks % hz * 1000000u / hz;
}

static int32_t result_of(uint32_t index)
{
    int8_t quantised;
    memcpy(&quantised, arena + model.output_offset + index, 1);
    const float thousandths =
        (float)(quantised - IMAGE_DUT_OUTPUT_ZERO) * IMAGE_DUT_OUTPUT_SCALE * 1000.0f;
    return (int32_t)(thousandths < 0.0f ? thousandths - 0.5f : thousandths + 0.5f);
}

void app_setup(void)
{
    static dut_board board = {.name = IMAGE_DUT_NAME,
                              .model = IMAGE_DUT_MODEL,
                              .input = input,
                              .write = port_write,
                              .infer = infer_once,
                              .clock_us = clock_us,
                              .result = result_of};
    engine_flash_copy(&model, &image_models[0], sizeof model);
    board.input_bytes = model.input_bytes;
    board.results = model.output_bytes;
    dut_init(&dut, &board);
    port_init();
}

void app_poll(void)
{
    const int byte = port_read_byte();
    if (byte < 0) {
        port_idle();
    } else {
        dut_feed(&dut, (uint8_t)byte);
    }
}

#endif
