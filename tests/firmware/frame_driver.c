/* Puts the firmware's frame codec behind pipes, for test_frame_c.py.
 *
 * Each request on stdin: capacity u16, count u32, then `count` bytes of the line. For each event
 * the codec sends a frame: one that was right comes back as it is (same type, sequence number and
 * payload), a broken piece becomes type 0xFF with sequence number 0xFFFF and no payload. The answer
 * on stdout: count u32, then those bytes. The frame buffer is exactly as large as told, on the
 * heap, so that AddressSanitizer sees any step beyond it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"

static uint8_t *sent;
static size_t sent_count, sent_room;

static void collect(const uint8_t *bytes, size_t count)
{
    if (sent_count + count > sent_room) {
        sent_room = 2 * (sent_count + count);
        sent = realloc(sent, sent_room);
    }
    if (count > 0) {
        memcpy(sent + sent_count, bytes, count);
    }
    sent_count += count;
}

static void answer(uint16_t capacity, const uint8_t *line, uint32_t count)
{
    uint8_t *buffer = malloc(capacity);
    frame_line frame;
    frame_init(&frame, buffer, capacity);
    for (uint32_t i = 0; i < count; i++) {
        switch (frame_feed(&frame, line[i])) {
        case FRAME_READY:
            frame_send(&frame, frame_type(&frame), frame_sequence(&frame), frame_length(&frame),
                       collect);
            break;
        case FRAME_BROKEN:
            frame_send(&frame, 0xFF, 0xFFFF, 0, collect);
            break;
        case FRAME_NONE:
            break;
        }
    }
    free(buffer);
}

int main(void)
{
    uint16_t capacity;
    uint32_t count;
    while (fread(&capacity, sizeof capacity, 1, stdin) == 1 &&
           fread(&count, sizeof count, 1, stdin) == 1) {
        uint8_t *line = malloc(count > 0 ? count : 1);
        if (fread(line, 1, count, stdin) != count) {
            return 1;
        }
        sent_count = 0;
        answer(capacity, line, count);
        free(line);
        uint32_t length = (uint32_t)sent_count;
        fwrite(&length, sizeof length, 1, stdout);
        fwrite(sent, 1, sent_count, stdout);
        fflush(stdout);
    }
    free(sent);
    return 0;
}
