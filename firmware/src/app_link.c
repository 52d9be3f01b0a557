/* The line to the host: one frame in, one frame out, from one buffer. app_answers.c answers. */
#define IMAGE_WITHOUT_MODELS /* they would be compiled once more */
#include "image.h"

#if !defined(IMAGE_DUT_MODEL) /* else app_dut.c takes its place */

#include "app.h"
#include "app_link.h"
#include "frame.h"
#include "port.h"

#define BROKEN_SEQUENCE 0xFFFFu

static uint8_t frame_bytes[FRAME_OVERHEAD + PORT_MAX_PAYLOAD];
static frame_line line;

static void send_error(uint8_t type, uint16_t sequence, uint8_t code)
{
    uint8_t *payload = frame_payload(&line);
    payload[0] = type;
    payload[1] = code;
    frame_send(&line, REPLY_ERROR, sequence, 2, port_write);
}

static void answer_frame(void)
{
    const uint8_t type = frame_type(&line);
    const uint16_t sequence = frame_sequence(&line);
    uint16_t length = frame_length(&line);
    uint8_t *payload = frame_payload(&line);
    const uint8_t code = type == REQUEST_HELLO || type == REQUEST_BRACKET
                             ? app_facts_answer(type, payload, &length)
                             : app_answer(type, payload, &length);
    if (code == DONE) {
        frame_send(&line, type | REPLY, sequence, length, port_write);
    } else {
        send_error(type, sequence, code);
    }
}

void app_setup(void)
{
    frame_init(&line, frame_bytes, sizeof frame_bytes);
    port_init();
#if defined(IMAGE_MARKER_PIN)
    port_marker(IMAGE_MARKER_PIN, false);
#endif
}

void app_poll(void)
{
    const int byte = port_read_byte();
    if (byte < 0) {
        port_idle();
        return;
    }
    switch (frame_feed(&line, (uint8_t)byte)) {
    case FRAME_READY:
        answer_frame();
        break;
    case FRAME_BROKEN:
        send_error(0, BROKEN_SEQUENCE, ERROR_BROKEN_FRAME);
        break;
    case FRAME_NONE:
        break;
    }
}

#endif
