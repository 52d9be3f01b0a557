/* Constants in flash: one spelling for cores with a flat address space and for AVR.
 *
 * On AVR `const` data is copied to RAM at start unless it is PROGMEM and read with LPM; elsewhere
 * these macros vanish.
 */
#ifndef ENGINE_FLASH_H
#define ENGINE_FLASH_H

#include <stdint.h>
#include <string.h>

#include "engine_core.h"

#if defined(ENGINE_AVR)
#include <avr/pgmspace.h>
/* Flash is what these cores have least of; loops that matter for speed are in assembly. This holds
 * for the functions that follow, so that the order of includes counts: rescaling
 * (core/engine_requantize_avr.c, recurrent/engine_gates_s16.c) does without and stays quick. */
#pragma GCC optimize("Os")
#define ENGINE_ALIGN(n) /* nothing to gain on an 8-bit bus, and memory is scarce */
#define ENGINE_FLASH PROGMEM
static inline int8_t engine_flash_i8(const int8_t *p)
{
    return (int8_t)pgm_read_byte(p);
}
static inline int16_t engine_flash_i16(const int16_t *p)
{
    return (int16_t)pgm_read_word(p);
}
static inline int32_t engine_flash_i32(const int32_t *p)
{
    return (int32_t)pgm_read_dword(p);
}
static inline int64_t engine_flash_i64(const int64_t *p)
{
    int64_t value;
    memcpy_P(&value, p, sizeof value);
    return value;
}
static inline float engine_flash_f32(const float *p)
{
    return pgm_read_float(p);
}
static inline void engine_flash_copy(void *to, const void *from, uint16_t bytes)
{
    memcpy_P(to, from, bytes);
}
/* Reads a byte and moves the pointer on in one instruction; pgm_read_byte() takes one more. */
static inline uint8_t engine_next_u8(const uint8_t **stream)
{
    uint8_t value;
    __asm__("lpm %0, %a1+" : "=r"(value), "+z"(*stream));
    return value;
}
/* Declares `name`, a pointer to the parameters at `from`, where they can be read as others are. */
#define ENGINE_PARAMS(type, name, from)                                                            \
    type name##_in_memory;                                                                         \
    engine_flash_copy(&name##_in_memory, from, sizeof name##_in_memory);                           \
    const type *const name = &name##_in_memory
#else
#define ENGINE_ALIGN(n) __attribute__((aligned(n)))
#define ENGINE_FLASH
static inline int8_t engine_flash_i8(const int8_t *p)
{
    return *p;
}
static inline int16_t engine_flash_i16(const int16_t *p)
{
    return *p;
}
static inline int32_t engine_flash_i32(const int32_t *p)
{
    return *p;
}
static inline int64_t engine_flash_i64(const int64_t *p)
{
    return *p;
}
static inline float engine_flash_f32(const float *p)
{
    return *p;
}
static inline void engine_flash_copy(void *to, const void *from, uint16_t bytes)
{
    memcpy(to, from, bytes);
}
static inline uint8_t engine_next_u8(const uint8_t **stream)
{
    return *(*stream)++;
}
#define ENGINE_PARAMS(type, name, from) const type *const name = from
#endif

static inline int8_t engine_next_i8(const uint8_t **stream)
{
    return (int8_t)engine_next_u8(stream);
}

#endif
