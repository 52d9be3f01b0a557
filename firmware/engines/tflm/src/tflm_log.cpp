/* DebugLog(), which TFLM leaves to the platform: keeps the last line for tflm_log_text().
 *
 * It is weak, so that a library that brings its own still links, and without stdio: only what
 * TFLM's error messages use is formatted (%s, %d, %i, %u, %x, %zu, %lu and the like). */
#include "tflm_log.h"

#include <stdarg.h>
#include <stddef.h>

namespace
{

char text[160];
size_t length;
bool ended; /* the next character begins a new line */

void put(char character)
{
    if (character == '\n' || character == '\r') {
        ended = true;
        return;
    }
    if (ended) {
        length = 0;
        ended = false;
    }
    if (length + 1 < sizeof text) {
        text[length++] = character;
    }
    text[length] = 0;
}

void put_string(const char *string)
{
    for (const char *at = string != nullptr ? string : "(null)"; *at != 0; at++) {
        put(*at);
    }
}

void put_number(unsigned long value, unsigned base)
{
    char digits[3 * sizeof value];
    size_t count = 0;
    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    while (count > 0) {
        put(digits[--count]);
    }
}

void put_signed(long value)
{
    if (value < 0) {
        put('-');
    }
    put_number(value < 0 ? 0ul - static_cast<unsigned long>(value)
                         : static_cast<unsigned long>(value),
               10);
}

} // namespace

void tflm_log_clear(void)
{
    length = 0;
    ended = false;
    text[0] = 0;
}

const char *tflm_log_text(void)
{
    return text;
}

extern "C" __attribute__((weak)) void DebugLog(const char *format, va_list arguments)
{
    if (!tflm_log_has_arguments()) {
        put_string(format);
        return;
    }
    for (const char *at = format; *at != 0; at++) {
        if (*at != '%') {
            put(*at);
            continue;
        }
        bool is_long = false;
        do {
            at++;
            is_long = is_long || *at == 'l' || *at == 'z';
        } while (*at == 'l' || *at == 'z' || *at == 'h' || *at == '.' ||
                 (*at >= '0' && *at <= '9'));
        switch (*at) {
        case 's':
            put_string(va_arg(arguments, const char *));
            break;
        case 'd':
        case 'i':
            put_signed(is_long ? va_arg(arguments, long) : va_arg(arguments, int));
            break;
        case 'u':
        case 'x':
            put_number(is_long ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned int),
                       *at == 'u' ? 10 : 16);
            break;
        case 'f':
        case 'g':
            static_cast<void>(va_arg(arguments, double));
            put_string("(number)");
            break;
        case 0:
            return;
        default:
            put(*at);
        }
    }
}
