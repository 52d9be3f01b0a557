/* Answers about the image and the board: HELLO and BRACKET of docs/protocol.md. */
#define IMAGE_WITHOUT_MODELS /* they would be compiled once more */
#include "image.h"

#if !defined(IMAGE_DUT_MODEL)

#include "app.h"
#include "app_link.h"
#include "engine_flash.h"
#include "payload.h"
#include "port.h"

#define BUILD_ID_BYTES 8

static uint8_t *put_build_id(uint8_t *to)
{
    static const char digits[2 * BUILD_ID_BYTES + 1] ENGINE_FLASH = IMAGE_BUILD_ID;
    char text[sizeof digits];
    engine_flash_copy(text, digits, sizeof text);
    return put_hex(to, text, BUILD_ID_BYTES);
}

static uint8_t answer_hello(uint8_t *payload, uint16_t *length)
{
    static const uint16_t max_payload = PORT_MAX_PAYLOAD;
    if (*length != 4) {
        return ERROR_WRONG_LENGTH;
    }
    uint8_t *end = payload + 4; /* the nonce stays where it is */
    end = put(end, &max_payload, sizeof max_payload);
    *end++ = IMAGE_MODEL_COUNT;
    end = put_build_id(end);
    end = put_u32(end, port_clock_hz());
    end = put_u32(end, port_counter_hz());
    end = put_u32(end, port_free_ram());
    end = put_u32(end, IMAGE_ARENA_BYTES);
    end = put_text(end, port_core_name());
    end = put_text(end, port_counter_name());
    end = put_text(end, APP_VERSION);
    end += port_chip_id(end);
    *length = (uint16_t)(end - payload);
    return DONE;
}

static uint8_t answer_bracket(uint8_t *payload, uint16_t *length)
{
    if (*length != 1) {
        return ERROR_WRONG_LENGTH;
    }
    uint64_t least = UINT64_MAX;
    uint64_t greatest = 0;
    uint8_t repeats = payload[0];
    do {
#if defined(IMAGE_TFLM_LAYERS)
        const uint64_t ticks = tflm_empty_event();
#else
        port_counter_start();
        const uint64_t ticks = port_counter_stop();
#endif
        least = ticks < least ? ticks : least;
        greatest = ticks > greatest ? ticks : greatest;
    } while (repeats-- > 1);
    put(put(payload, &least, sizeof least), &greatest, sizeof greatest);
    *length = 2 * sizeof(uint64_t);
    return DONE;
}

uint8_t app_facts_answer(uint8_t type, uint8_t *payload, uint16_t *length)
{
    return type == REQUEST_HELLO ? answer_hello(payload, length) : answer_bracket(payload, length);
}

#endif
