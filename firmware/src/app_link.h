/* The requests of docs/protocol.md, and the sample that they are about. */
#ifndef APP_LINK_H
#define APP_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "engine_model.h"
#include "image.h"

enum {
    REQUEST_HELLO = 0x01,
    REQUEST_MODEL = 0x02,
    REQUEST_INPUT = 0x03,
    REQUEST_RUN = 0x04,
    REQUEST_OUTPUT = 0x05,
    REQUEST_BRACKET = 0x06,
    REQUEST_PREPARE = 0x07,
    REQUEST_WINDOW = 0x08,
    REQUEST_CAMERA = 0x10, /* this one and those after it: app_camera.c */
    REQUEST_GRAB = 0x11,
    REQUEST_FRAME = 0x12,
    REQUEST_SAMPLE = 0x13,
    REPLY = 0x80,
    REPLY_ERROR = 0xFF
};

/* DONE, or the code of a REPLY_ERROR. */
enum {
    DONE = 0,
    ERROR_UNKNOWN_TYPE = 1,
    ERROR_WRONG_LENGTH = 2,
    ERROR_NO_SUCH_MODEL = 3,
    ERROR_NO_SUCH_SAMPLE = 4,
    ERROR_TOO_LARGE = 5,
    ERROR_BROKEN_FRAME = 6,
    ERROR_NOT_READY = 7,
    ERROR_CAMERA = 8,
    ERROR_STATE_LOST = 9
};

/* The input of the next inference, as the host sent it or a camera took it. */
typedef struct {
    uint8_t bytes[IMAGE_INPUT_BYTES];
    uint32_t number;
    uint32_t received; /* bytes without a gap from 0 */
    uint8_t encoding;
} app_sample;

/* Answer a request: replace the payload of *length bytes by the reply's and set *length. Return
 * DONE or an error code. */
uint8_t app_answer(uint8_t type, uint8_t *payload, uint16_t *length);

/* The same for HELLO and BRACKET. */
uint8_t app_facts_answer(uint8_t type, uint8_t *payload, uint16_t *length);

#if defined(IMAGE_CAMERA_WIDTH)
/* Answer a request of a camera: replace the payload of *length bytes by the reply's and set
 * *length. Frames become inputs of `model`, NULL in an image without models, in `sample`. Return
 * DONE or an error code. */
uint8_t app_camera_answer(uint8_t type, uint8_t *payload, uint16_t *length, app_sample *sample,
                          const engine_model *model);
#endif

#endif
