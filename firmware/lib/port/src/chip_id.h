/* The number that a chip has of its own, for HELLO. CHIP_ID_BYTES is 0 where it has none, or where
 * the Arduino core offers no way to it. */
#ifndef CHIP_ID_H
#define CHIP_ID_H

#include <stdint.h>

#if defined(ARDUINO_ARCH_ESP32)
#define CHIP_ID_BYTES 6 /* the MAC address in the eFuses */
#elif defined(ARDUINO_ARCH_ESP8266)
#define CHIP_ID_BYTES 4 /* the end of the MAC address */
#elif defined(STM32H7xx) || defined(STM32H747xx) || defined(ARDUINO_PORTENTA_H7_M7) ||             \
    defined(ARDUINO_PORTENTA_H7_M4)
#define CHIP_ID_BYTES 12
#define CHIP_ID_AT 0x1FF1E800 /* RM0399, "Unique device ID register" */
#elif defined(STM32F4xx)
#define CHIP_ID_BYTES 12
#define CHIP_ID_AT 0x1FFF7A10 /* RM0390, likewise */
#elif defined(NRF52840_XXAA) || defined(ARDUINO_ARDUINO_NANO33BLE)
#define CHIP_ID_BYTES 8
#define CHIP_ID_AT 0x10000060 /* FICR, DEVICEID */
#elif defined(__IMXRT1062__)
#define CHIP_ID_BYTES 8
#define CHIP_ID_AT 0x401F4410 /* OCOTP_CFG0, with OCOTP_CFG1 after CHIP_ID_STEP bytes */
#define CHIP_ID_STEP 16
#elif defined(ARDUINO_ARCH_RP2040) && defined(__has_include)
#if __has_include(<pico/unique_id.h>)
#include <pico/unique_id.h>
#define CHIP_ID_BYTES PICO_UNIQUE_BOARD_ID_SIZE_BYTES /* of the flash chip beside it */
#define CHIP_ID_PICO
#endif
#endif

#ifndef CHIP_ID_BYTES
#define CHIP_ID_BYTES 0
#endif
#ifndef CHIP_ID_STEP
#define CHIP_ID_STEP 4
#endif

static inline void chip_id_copy(uint8_t *to, uint64_t value, uint8_t count)
{
    for (uint8_t i = 0; i < count; i++) {
        to[i] = (uint8_t)(value >> (8 * i));
    }
}

/* Writes CHIP_ID_BYTES bytes. */
static inline void chip_id(uint8_t *to)
{
#if defined(ARDUINO_ARCH_ESP32)
    chip_id_copy(to, ESP.getEfuseMac(), CHIP_ID_BYTES);
#elif defined(ARDUINO_ARCH_ESP8266)
    chip_id_copy(to, ESP.getChipId(), CHIP_ID_BYTES);
#elif defined(CHIP_ID_PICO)
    pico_unique_board_id_t id;
    pico_get_unique_board_id(&id);
    for (uint8_t i = 0; i < CHIP_ID_BYTES; i++) {
        to[i] = id.id[i];
    }
#elif defined(CHIP_ID_AT)
    for (uint8_t i = 0; i < CHIP_ID_BYTES / 4; i++) { /* registers are read as words */
        const uintptr_t at = CHIP_ID_AT + static_cast<uintptr_t>(i) * CHIP_ID_STEP;
        chip_id_copy(to + 4 * i, *reinterpret_cast<const volatile uint32_t *>(at), 4);
    }
#else
    (void)to;
#endif
}

#endif
