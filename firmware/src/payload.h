/* Reading and writing the values of a payload; each put_... returns where the next one goes. */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "values are copied as they are: the core must be little-endian"
#endif

static inline uint8_t *put(uint8_t *to, const void *value, size_t bytes)
{
    memcpy(to, value, bytes);
    return to + bytes;
}

static inline uint8_t *put_u32(uint8_t *to, uint32_t value)
{
    return put(to, &value, sizeof value);
}

static inline uint8_t *put_text(uint8_t *to, const char *text)
{
    return put(to, text, strlen(text) + 1);
}

static inline uint8_t hex_digit(char digit)
{
    return (uint8_t)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
}

/* The bytes that 2 * count hexadecimal digits spell. */
static inline uint8_t *put_hex(uint8_t *to, const char *digits, uint8_t count)
{
    for (uint8_t i = 0; i < count; i++, digits += 2) {
        *to++ = (uint8_t)((hex_digit(digits[0]) << 4) | hex_digit(digits[1]));
    }
    return to;
}

static inline uint32_t get_u32(const uint8_t *from)
{
    uint32_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

/* Reads the limit of a reply's data that may follow the first `head` bytes of a request. Without
 * one it is UINT16_MAX. Returns false where the request is neither as long as `head` nor as both.
 */
static inline bool get_most(const uint8_t *payload, uint16_t length, uint16_t head, uint16_t *most)
{
    *most = UINT16_MAX;
    if (length == head + sizeof *most) {
        memcpy(most, payload + head, sizeof *most);
        return true;
    }
    return length == head;
}

#endif
