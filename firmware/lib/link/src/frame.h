/* Frames of the link protocol, version 1 (docs/protocol.md), in one buffer for both directions.
 *
 * The caller owns the buffer. Received bytes are COBS-decoded into it; once a frame is complete the
 * application reads the payload, writes the reply's payload over it, and frame_send() encodes from
 * the same bytes straight into the writer. No state outside frame_line.
 */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FRAME_HEADER_BYTES 6
#define FRAME_CRC_BYTES 4
#define FRAME_OVERHEAD (FRAME_HEADER_BYTES + FRAME_CRC_BYTES)

typedef enum {
    FRAME_NONE,  /* more bytes are needed */
    FRAME_READY, /* a whole, right frame is in the buffer until the next byte is fed */
    FRAME_BROKEN /* a piece ended that is no frame: truncated, too long, or damaged */
} frame_event;

typedef struct {
    uint8_t *bytes;    /* header, payload, CRC */
    uint16_t capacity; /* FRAME_OVERHEAD + the greatest payload */
    uint16_t received; /* decoded bytes of the piece being received */
    uint8_t code;      /* COBS code of the current block, 0 before the first */
    uint8_t left;      /* bytes still to come in the block */
    bool overflow;
} frame_line;

typedef void (*frame_writer)(const uint8_t *bytes, size_t count);

void frame_init(frame_line *line, uint8_t *bytes, uint16_t capacity);

/* Takes the next byte of the line. */
frame_event frame_feed(frame_line *line, uint8_t byte);

/* Of the frame in the buffer, after FRAME_READY. */
uint8_t frame_type(const frame_line *line);
uint16_t frame_sequence(const frame_line *line);
uint16_t frame_length(const frame_line *line);
uint8_t *frame_payload(frame_line *line);

/* Sends the first `length` payload bytes of the buffer, at most capacity - FRAME_OVERHEAD, as one
 * frame with its delimiters. The payload stays as it is. */
void frame_send(frame_line *line, uint8_t type, uint16_t sequence, uint16_t length,
                frame_writer write);

/* CRC-32 of IEEE 802.3, as zlib's. */
uint32_t frame_crc32(const uint8_t *bytes, uint16_t count);

#ifdef __cplusplus
}
#endif

#endif
