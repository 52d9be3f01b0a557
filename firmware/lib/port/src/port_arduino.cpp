/* Every board with an Arduino core: Uno, Mega, ESP8266, the ESP32 family, Nano 33 BLE, Nano RP2040,
 * Portenta H7, Pico, Pico 2, Nucleo, Teensy, Uno R4. */
#if defined(ARDUINO)

#include "arduino_core.h"
#include "chip_id.h"
#include "counter_arduino.h"
#include "port.h"

#if defined(__AVR__)
#include "stack_paint.h"
#include <avr/sleep.h>
#endif

#ifndef PORT_BAUD /* a build flag may override it */
#define PORT_BAUD 115200
#endif

/* The host's line; a build flag names another where Serial does not lead to the host. */
#ifndef PORT_SERIAL
#define PORT_SERIAL Serial
#endif

void setup()
{
    app_setup();
}

void loop()
{
    app_poll();
}

void port_init(void)
{
    PORT_SERIAL.begin(PORT_BAUD);
    counter_init();
}

int port_read_byte(void)
{
    return PORT_SERIAL.read();
}

void port_write(const uint8_t *bytes, size_t count)
{
    PORT_SERIAL.write(bytes, count);
}

void port_counter_start(void)
{
    counter_start();
}

uint64_t port_counter_stop(void)
{
    return counter_stop();
}

uint32_t port_counter_hz(void)
{
    return counter_hz();
}

const char *port_counter_name(void)
{
    return COUNTER_NAME;
}

void port_marker(uint8_t pin, bool high)
{
    pinMode(pin, OUTPUT);
    digitalWrite(pin, high ? HIGH : LOW);
}

uint32_t port_clock_hz(void)
{
    return core_hz();
}

const char *port_core_name(void)
{
    return CORE_NAME;
}

#if defined(__AVR__)

extern uint8_t __heap_start;
extern char *__brkval;

static inline uint8_t *stack_pointer(void)
{
    return reinterpret_cast<uint8_t *>(SP) + 1; /* SP is the next free byte */
}

static inline uint8_t *heap_end(void)
{
    return __brkval ? reinterpret_cast<uint8_t *>(__brkval) : &__heap_start;
}

/* The sleep is the idle mode, which is the reset value: the UART's interrupt, or Timer0's within a
 * millisecond, ends it. sei takes effect after the next instruction, so that neither can come in
 * between. */
void port_idle(void)
{
    cli();
    if (!Serial.available()) {
        sleep_enable();
        sei();
        sleep_cpu();
        sleep_disable();
    }
    sei();
}

uint32_t port_free_ram(void)
{
    return static_cast<uint32_t>(stack_pointer() - heap_end());
}

/* Interrupts are off, as their handlers would write below the stack pointer too. */
uint32_t port_stack_of(void (*run)(uint8_t *arena), uint8_t *arena)
{
    Serial.flush();
    cli();
    uint32_t depth = stack_depth(run, arena, heap_end(), stack_pointer());
    sei();
    return depth;
}

#else

uint8_t port_chip_id(uint8_t *to)
{
    chip_id(to);
    return CHIP_ID_BYTES;
}

void port_idle(void)
{
    yield();
}

uint32_t port_free_ram(void)
{
#if defined(ARDUINO_ARCH_ESP32) || defined(ARDUINO_ARCH_ESP8266)
    return ESP.getFreeHeap();
#else
    return PORT_UNKNOWN;
#endif
}

/* The stack belongs to the system's thread; run would have to be moved to another one. */
uint32_t port_stack_of(void (*run)(uint8_t *arena), uint8_t *arena)
{
    run(arena);
    return PORT_UNKNOWN;
}

#endif

#endif
