/* Samples from the board's own camera, beside those that the host sends: GRAB fills the sample
 * buffer of app_answers.c. Compiled where image.h names the frame: see harness/camera. */
#define IMAGE_WITHOUT_MODELS /* they would be compiled once more */
#include "image.h"

#if defined(IMAGE_CAMERA_WIDTH)

#include <string.h>

#include "app_link.h"
#include "engine_flash.h"
#include "frame_source.h"
#include "payload.h"
#include "pixels.h"
#include "port.h"

#if IMAGE_CAMERA_WIDTH * IMAGE_CAMERA_HEIGHT > PIXELS_FRAME_MAX
#error "the sums of the pixel path hold no such frame"
#endif

#define FRAME_BYTES ((uint32_t)IMAGE_CAMERA_WIDTH * IMAGE_CAMERA_HEIGHT)

static struct {
    ENGINE_ALIGN(FRAME_SOURCE_ALIGN) uint8_t pixels[FRAME_BYTES];
    uint64_t grab_ticks, prepare_ticks;
    uint32_t number;
    bool opened, held;
} frame;

static const pixels_range range = {IMAGE_CAMERA_SCALE, IMAGE_CAMERA_OFFSET};
#if defined(IMAGE_CAMERA_QUANTISE_SCALE)
static int8_t quantised[PIXELS_LEVELS];
#endif

static uint8_t answer_camera(uint8_t *payload, uint16_t *length)
{
    static const uint16_t size[] = {IMAGE_CAMERA_WIDTH, IMAGE_CAMERA_HEIGHT};
    if (*length != 0) {
        return ERROR_WRONG_LENGTH;
    }
    frame.held = false;
    frame.opened = frame_source_open(IMAGE_CAMERA_WIDTH, IMAGE_CAMERA_HEIGHT);
    if (!frame.opened) {
        return ERROR_CAMERA;
    }
#if defined(IMAGE_CAMERA_QUANTISE_SCALE)
    pixels_table_s8(quantised, range, IMAGE_CAMERA_QUANTISE_SCALE, IMAGE_CAMERA_QUANTISE_ZERO);
#endif
    uint8_t *end = put(payload, size, sizeof size);
    end = put_u32(end, frame_source_clock_hz());
    end = put_text(end, frame_source_name());
    end = put_text(end, frame_source_clock_name());
    *length = (uint16_t)(end - payload);
    return DONE;
}

static void prepare(uint8_t *input)
{
    const uint32_t count = (uint32_t)IMAGE_CAMERA_INPUT_WIDTH * IMAGE_CAMERA_INPUT_HEIGHT;
    const pixels_window window = pixels_centre(IMAGE_CAMERA_WIDTH, IMAGE_CAMERA_HEIGHT,
                                               IMAGE_CAMERA_INPUT_WIDTH, IMAGE_CAMERA_INPUT_HEIGHT);
    pixels_scale(frame.pixels, IMAGE_CAMERA_WIDTH, &window, input, IMAGE_CAMERA_INPUT_WIDTH,
                 IMAGE_CAMERA_INPUT_HEIGHT);
#if defined(IMAGE_CAMERA_QUANTISE_SCALE)
    pixels_expand_s8(input, count, IMAGE_CAMERA_INPUT_CHANNELS, quantised);
#else
    pixels_expand_f32(input, count, IMAGE_CAMERA_INPUT_CHANNELS, range);
#endif
}

/* A repeated request is answered from what its first coming grabbed. */
static uint8_t answer_grab(uint8_t *payload, uint16_t *length, app_sample *sample,
                           const engine_model *model)
{
    if (*length != 4) {
        return ERROR_WRONG_LENGTH;
    }
    if (model == NULL) {
        return ERROR_NO_SUCH_MODEL;
    }
    const uint32_t number = get_u32(payload);
    if (!frame.held || frame.number != number) {
        frame.held = false;
        if (!frame.opened || !frame_source_grab(frame.pixels, &frame.grab_ticks)) {
            return ERROR_CAMERA;
        }
        port_counter_start();
        prepare(sample->bytes);
        frame.prepare_ticks = port_counter_stop();
        sample->encoding = model->encoding;
        sample->number = number;
        sample->received = model->input_bytes;
        frame.number = number;
        frame.held = true;
    }
    uint8_t *end = put(payload + 4, &frame.grab_ticks, sizeof frame.grab_ticks);
    end = put(end, &frame.prepare_ticks, sizeof frame.prepare_ticks);
    *length = (uint16_t)(end - payload);
    return DONE;
}

/* Number and offset stay where they are; as much of `bytes` as fits follows them. */
static uint8_t answer_part(uint8_t *payload, uint16_t *length, bool held, uint32_t number,
                           const uint8_t *bytes, uint32_t size)
{
    enum { AT_OFFSET = 4, AT_DATA = 8, ROOM = PORT_MAX_PAYLOAD - AT_DATA };
    uint16_t most;
    if (!get_most(payload, *length, AT_DATA, &most)) {
        return ERROR_WRONG_LENGTH;
    }
    if (!held || get_u32(payload) != number) {
        return ERROR_NO_SUCH_SAMPLE;
    }
    const uint32_t offset = get_u32(payload + AT_OFFSET);
    if (offset >= size) {
        return ERROR_TOO_LARGE;
    }
    const uint32_t left = size - offset;
    most = most < ROOM ? most : ROOM;
    const size_t count = left < most ? (size_t)left : most;
    memcpy(payload + AT_DATA, bytes + offset, count);
    *length = (uint16_t)(AT_DATA + count);
    return DONE;
}

uint8_t app_camera_answer(uint8_t type, uint8_t *payload, uint16_t *length, app_sample *sample,
                          const engine_model *model)
{
    switch (type) {
    case REQUEST_CAMERA:
        return answer_camera(payload, length);
    case REQUEST_GRAB:
        return answer_grab(payload, length, sample, model);
    case REQUEST_FRAME:
        return answer_part(payload, length, frame.held, frame.number, frame.pixels, FRAME_BYTES);
    case REQUEST_SAMPLE:
        return answer_part(payload, length, sample->received > 0, sample->number, sample->bytes,
                           sample->received);
    default:
        return ERROR_UNKNOWN_TYPE;
    }
}

#endif
