#include "frame.h"

#include <string.h>

#define VERSION 1
#define LONGEST_RUN 254 /* bytes of one COBS block */

enum { AT_VERSION = 0, AT_TYPE = 1, AT_SEQUENCE = 2, AT_LENGTH = 4 };

static uint16_t get_u16(const uint8_t *from)
{
    return (uint16_t)(from[0] | ((uint16_t)from[1] << 8));
}

static uint32_t get_u32(const uint8_t *from)
{
    return get_u16(from) | ((uint32_t)get_u16(from + 2) << 16);
}

static void put_u16(uint8_t *to, uint16_t value)
{
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
}

static void put_u32(uint8_t *to, uint32_t value)
{
    put_u16(to, (uint16_t)value);
    put_u16(to + 2, (uint16_t)(value >> 16));
}

uint32_t frame_crc32(const uint8_t *bytes, uint16_t count)
{
    uint32_t crc = 0xFFFFFFFFu;
    for (uint16_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (uint8_t bit = 0; bit < 8; bit++) {
            crc = (crc & 1u) ? (crc >> 1) ^ 0xEDB88320u : crc >> 1;
        }
    }
    return ~crc;
}

void frame_init(frame_line *line, uint8_t *bytes, uint16_t capacity)
{
    memset(line, 0, sizeof *line);
    line->bytes = bytes;
    line->capacity = capacity;
}

uint8_t frame_type(const frame_line *line)
{
    return line->bytes[AT_TYPE];
}

uint16_t frame_sequence(const frame_line *line)
{
    return get_u16(line->bytes + AT_SEQUENCE);
}

uint16_t frame_length(const frame_line *line)
{
    return get_u16(line->bytes + AT_LENGTH);
}

uint8_t *frame_payload(frame_line *line)
{
    return line->bytes + FRAME_HEADER_BYTES;
}

static void append(frame_line *line, uint8_t byte)
{
    if (line->received == line->capacity) {
        line->overflow = true;
        return;
    }
    line->bytes[line->received++] = byte;
}

static bool is_frame(const frame_line *line)
{
    if (line->overflow || line->left > 0 || line->received < FRAME_OVERHEAD) {
        return false;
    }
    uint16_t body = (uint16_t)(line->received - FRAME_CRC_BYTES);
    return line->bytes[AT_VERSION] == VERSION && frame_length(line) == body - FRAME_HEADER_BYTES &&
           get_u32(line->bytes + body) == frame_crc32(line->bytes, body);
}

frame_event frame_feed(frame_line *line, uint8_t byte)
{
    if (byte == 0) {
        frame_event event = FRAME_NONE;
        if (line->code != 0) {
            event = is_frame(line) ? FRAME_READY : FRAME_BROKEN;
        }
        frame_init(line, line->bytes, line->capacity);
        return event;
    }
    if (line->left > 0) {
        line->left--;
        append(line, byte);
        return FRAME_NONE;
    }
    /* A block shorter than the longest stands for its bytes and a zero, unless it is the last. */
    if (line->code != 0 && line->code <= LONGEST_RUN) {
        append(line, 0);
    }
    line->code = byte;
    line->left = (uint8_t)(byte - 1);
    return FRAME_NONE;
}

static void send_cobs(const uint8_t *bytes, uint16_t count, frame_writer write)
{
    uint16_t start = 0;
    for (;;) {
        uint8_t run = 0;
        while (run < LONGEST_RUN && start + run < count && bytes[start + run] != 0) {
            run++;
        }
        const uint8_t code = (uint8_t)(run + 1);
        write(&code, 1);
        write(bytes + start, run);
        start = (uint16_t)(start + run);
        if (start == count) {
            return;
        }
        if (run < LONGEST_RUN) {
            start++; /* over the zero that the code stands for, maybe to an empty last block */
        }
    }
}

void frame_send(frame_line *line, uint8_t type, uint16_t sequence, uint16_t length,
                frame_writer write)
{
    static const uint8_t delimiter = 0;
    uint8_t *bytes = line->bytes;
    uint16_t body = (uint16_t)(FRAME_HEADER_BYTES + length);
    bytes[AT_VERSION] = VERSION;
    bytes[AT_TYPE] = type;
    put_u16(bytes + AT_SEQUENCE, sequence);
    put_u16(bytes + AT_LENGTH, length);
    put_u32(bytes + body, frame_crc32(bytes, body));
    write(&delimiter, 1);
    send_cobs(bytes, (uint16_t)(body + FRAME_CRC_BYTES), write);
    write(&delimiter, 1);
}
