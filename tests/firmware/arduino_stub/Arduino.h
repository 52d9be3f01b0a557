/* The part of Arduino's interface that the port uses, for compiling it without any board's core. */
#ifndef ARDUINO_H
#define ARDUINO_H

#include <stddef.h>
#include <stdint.h>

struct SerialLine {
    void begin(unsigned long baud);
    int read();
    void flush();
    size_t write(const uint8_t *bytes, size_t count);
};
extern SerialLine Serial, Serial1;

struct EspClass {
    uint32_t getCycleCount();
    uint32_t getFreeHeap();
    uint32_t getChipId();
    uint64_t getEfuseMac();
    uint8_t getCpuFreqMHz();
    void wdtFeed();
    void wdtDisable();
    void wdtEnable(uint32_t timeout_ms);
};
extern EspClass ESP;

struct RP2040 {
    static int f_cpu();
};
extern RP2040 rp2040;

#define LOW 0
#define HIGH 1
#define OUTPUT 1

extern "C" {
void pinMode(uint8_t pin, uint8_t mode);
void digitalWrite(uint8_t pin, uint8_t level);
unsigned long micros();
void yield();
uint32_t getCpuFrequencyMhz();
void disableCore0WDT();
}

void setup();
void loop();

#endif
