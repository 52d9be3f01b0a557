/* Answers to the requests of docs/protocol.md: samples come in, models run, outputs go out. */
#include "image.h"

#if !defined(IMAGE_DUT_MODEL) /* else app_dut.c takes the place of app_link.c */

#include <stdbool.h>
#include <string.h>

#include "app_frames.h"
#include "app_link.h"
#include "app_models.h"
#include "app_tensors.h"
#include "engine_model.h"
#include "payload.h"
#include "port.h"

#define FLAG_MEASURE_STACK 0x01u
#define MODEL_SLOTS (IMAGE_MODEL_COUNT > 0 ? IMAGE_MODEL_COUNT : 1)

static ENGINE_ALIGN(16) uint8_t arena[IMAGE_ARENA_BYTES];
static uint32_t calls[MODEL_SLOTS];
static uint8_t model_run_last = NO_MODEL; /* whose output the arena holds */

static app_sample sample;

/* Each answer_... takes the request's payload, of *length bytes, and puts the reply's in its place.
 * It sets *length and returns DONE, or returns an error code. */

static uint8_t answer_model(uint8_t *payload, uint16_t *length)
{
    engine_model model;
    if (*length != 1) {
        return ERROR_WRONG_LENGTH;
    }
    if (!load_model(payload[0], &model)) {
        return ERROR_NO_SUCH_MODEL;
    }
    model.name[ENGINE_NAME_BYTES - 1] = 0;
    uint8_t *end = put_u32(payload + 1, model.crc32);
    *end++ = model.encoding;
    end = put_u32(end, model.input_bytes);
    end = put_u32(end, model.output_bytes);
    end = put_u32(end, model.arena_bytes);
    end = put_text(end, model.name);
    end = put_tensors(payload[0], end, payload + PORT_MAX_PAYLOAD);
    *length = (uint16_t)(end - payload);
    return DONE;
}

static uint8_t answer_input(uint8_t *payload, uint16_t *length)
{
    enum { AT_SAMPLE = 1, AT_OFFSET = 5, AT_DATA = 9 };
    if (*length <= AT_DATA) {
        return ERROR_WRONG_LENGTH;
    }
    const uint8_t encoding = payload[0];
    const uint32_t number = get_u32(payload + AT_SAMPLE);
    const uint32_t offset = get_u32(payload + AT_OFFSET);
    const uint32_t count = (uint32_t)*length - AT_DATA;
    const uint32_t limit = greatest_input(encoding);
    if (offset > limit || count > limit - offset) {
        return ERROR_TOO_LARGE;
    }
    if (offset == 0) {
        sample.encoding = encoding;
        sample.number = number;
        sample.received = 0;
    } else if (sample.encoding != encoding || sample.number != number || offset > sample.received) {
        return ERROR_NO_SUCH_SAMPLE;
    }
    memcpy(sample.bytes + offset, payload + AT_DATA, (size_t)count);
    if (offset + count > sample.received) { /* not so for a repeated chunk */
        sample.received = offset + count;
    }
    put_u32(put_u32(payload, number), offset + count);
    *length = 8;
    return DONE;
}

/* Copies the output from `offset` on behind `to`: `most` bytes, or as many as fit. Returns the
 * payload's length. */
static uint16_t put_output(const uint8_t *payload, uint8_t *to, const engine_model *model,
                           uint32_t offset, uint16_t most)
{
    const uint16_t head = (uint16_t)(to - payload);
    const uint16_t room = (uint16_t)(PORT_MAX_PAYLOAD - head);
    const uint16_t part = most < room ? most : room;
    const uint32_t left = model->output_bytes - offset;
    const uint32_t count = left < part ? left : part;
    get_answer(payload[0], model, arena, offset, count, to);
    return (uint16_t)(head + count);
}

static uint8_t answer_run(uint8_t *payload, uint16_t *length)
{
    enum { AT_FLAGS = 1, AT_SAMPLE = 2, AFTER_SAMPLE = 6 };
    engine_model model;
    uint16_t most;
    if (!get_most(payload, *length, AFTER_SAMPLE, &most)) {
        return ERROR_WRONG_LENGTH;
    }
    const uint8_t index = payload[0];
    if (!load_model(index, &model)) {
        return ERROR_NO_SUCH_MODEL;
    }
    if (sample.encoding != model.encoding || sample.number != get_u32(payload + AT_SAMPLE) ||
        sample.received != greatest_input(model.encoding)) {
        return ERROR_NO_SUCH_SAMPLE;
    }
    if (!ready()) {
        return ERROR_NOT_READY;
    }
    const frame_place place = place_of(payload[AT_FLAGS], index, sample.number);
    if (place == LOST) {
        return ERROR_STATE_LOST;
    }
    uint64_t ticks = 0;
    uint32_t stack = PORT_UNKNOWN;
    if (place == AGAIN) { /* the answer was lost, and another run would change the state */
        ticks = state_ticks;
    } else {
        state_model = NO_MODEL;
        put_sample(index, &model, arena, sample.bytes);
        if (model.reset && place == FIRST) {
            model.reset(arena);
        }
        if (payload[AT_FLAGS] & FLAG_MEASURE_STACK) {
            stack = port_stack_of(model.run, arena);
        } else {
            ticks = timed_run(model.run, index, arena);
        }
        if (!ready()) { /* the run failed */
            return ERROR_NOT_READY;
        }
        model_run_last = state_model = index;
        state_sample = sample.number;
        state_ticks = ticks;
        calls[index]++;
    }
    uint8_t *end = put_u32(payload + AFTER_SAMPLE, calls[index]);
    end = put(end, &ticks, sizeof ticks);
    end = put_u32(end, stack);
    end = put_u32(end, model.output_bytes);
    *length = put_output(payload, end, &model, 0, most);
    return DONE;
}

static uint8_t answer_output(uint8_t *payload, uint16_t *length)
{
    enum { AT_OFFSET = 1, AT_DATA = 5 };
    engine_model model;
    uint16_t most;
    if (!get_most(payload, *length, AT_DATA, &most)) {
        return ERROR_WRONG_LENGTH;
    }
    if (!load_model(payload[0], &model)) {
        return ERROR_NO_SUCH_MODEL;
    }
    if (payload[0] != model_run_last) {
        return ERROR_NO_SUCH_SAMPLE;
    }
    const uint32_t offset = get_u32(payload + AT_OFFSET);
    if (offset >= model.output_bytes) {
        return ERROR_TOO_LARGE;
    }
    *length = put_output(payload, payload + AT_DATA, &model, offset, most);
    return DONE;
}

#if defined(IMAGE_TFLM)
static uint8_t answer_prepare(uint8_t *payload, uint16_t *length)
{
    enum { AT_ARENA = 1, AFTER_ARENA = 5 };
    if (*length != AFTER_ARENA) {
        return ERROR_WRONG_LENGTH;
    }
    if (payload[0] >= IMAGE_MODEL_COUNT) {
        return ERROR_NO_SUCH_MODEL;
    }
    const uint32_t bytes = get_u32(payload + AT_ARENA);
    if (bytes > IMAGE_ARENA_BYTES) {
        return ERROR_TOO_LARGE;
    }
    model_run_last = NO_MODEL;
    state_model = NO_MODEL;
    payload[1] = tflm_prepare(arena, bytes);
    uint8_t *end = put_u32(payload + 2, tflm_used_bytes());
    end = put_text(end, tflm_message());
    *length = (uint16_t)(end - payload);
    return DONE;
}
#endif

#if defined(IMAGE_MARKER_PIN) || defined(IMAGE_WINDOW)
/* Drives the pin that a current probe watches, in the images that are measured with one. */
static void mark(bool high)
{
#if defined(IMAGE_MARKER_PIN)
    port_marker(IMAGE_MARKER_PIN, high);
#else
    (void)high;
#endif
}

/* Runs a model back-to-back while the marker's pin is high. The input is copied every time, as the
 * memory plan may have given its place to something else. */
static uint8_t answer_window(uint8_t *payload, uint16_t *length)
{
    enum { AT_SAMPLE = 2, AT_INVOCATIONS = 6, AFTER_INVOCATIONS = 10 };
    engine_model model;
    if (*length != AFTER_INVOCATIONS) {
        return ERROR_WRONG_LENGTH;
    }
    const uint8_t index = payload[0];
    if (!load_model(index, &model)) {
        return ERROR_NO_SUCH_MODEL;
    }
    if (sample.encoding != model.encoding || sample.number != get_u32(payload + AT_SAMPLE) ||
        sample.received != greatest_input(model.encoding)) {
        return ERROR_NO_SUCH_SAMPLE;
    }
    if (!ready()) {
        return ERROR_NOT_READY;
    }
    const uint32_t invocations = get_u32(payload + AT_INVOCATIONS);
    state_model = NO_MODEL;
    port_counter_start(); /* before the pin rises: it may wait for the line to fall silent */
    mark(true);
    for (uint32_t i = 0; i < invocations; i++) {
        put_sample(index, &model, arena, sample.bytes);
        if (model.reset) {
            model.reset(arena);
        }
        model.run(arena);
    }
    mark(false);
    const uint64_t ticks = port_counter_stop();
    if (!ready()) { /* a run failed */
        return ERROR_NOT_READY;
    }
    if (invocations > 0) {
        model_run_last = index;
        calls[index] += invocations;
    }
    put(payload + AFTER_INVOCATIONS, &ticks, sizeof ticks);
    *length = AFTER_INVOCATIONS + sizeof ticks;
    return DONE;
}
#endif

#if defined(IMAGE_CAMERA_WIDTH)
static uint8_t answer_camera(uint8_t type, uint8_t *payload, uint16_t *length)
{
    engine_model model;
    const bool there = load_model(0, &model);
    return app_camera_answer(type, payload, length, &sample, there ? &model : NULL);
}
#endif

uint8_t app_answer(uint8_t type, uint8_t *payload, uint16_t *length)
{
    switch (type) {
    case REQUEST_MODEL:
        return answer_model(payload, length);
    case REQUEST_INPUT:
        return answer_input(payload, length);
    case REQUEST_RUN:
        return answer_run(payload, length);
    case REQUEST_OUTPUT:
        return answer_output(payload, length);
#if defined(IMAGE_TFLM)
    case REQUEST_PREPARE:
        return answer_prepare(payload, length);
#endif
#if defined(IMAGE_MARKER_PIN) || defined(IMAGE_WINDOW)
    case REQUEST_WINDOW:
        return answer_window(payload, length);
#endif
    default:
#if defined(IMAGE_CAMERA_WIDTH)
        return answer_camera(type, payload, length);
#else
        return ERROR_UNKNOWN_TYPE;
#endif
    }
}

#endif
