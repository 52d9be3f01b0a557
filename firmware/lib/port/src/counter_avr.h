/* AVR: Timer1 at prescaler 1 counts the low 16 bits, its overflow interrupt the high ones.
 *
 * All other interrupts of the core (Timer0, UART) are off meanwhile. What one overflow interrupt
 * costs never varies; it is measured at boot and taken off, so that ticks are the cycles of the
 * measured code alone.
 */
#ifndef COUNTER_AVR_H
#define COUNTER_AVR_H

#include <avr/interrupt.h>
#include <util/delay_basic.h>

#include "arduino_core.h"

#define COUNTER_NAME "timer1"
#if __AVR_ARCH__ == 6
#define CORE_NAME "avr6"
#elif __AVR_ARCH__ == 51
#define CORE_NAME "avr51"
#else
#define CORE_NAME "avr5"
#endif

#define CALIBRATION_LOOPS 5000 /* of 4 cycles, _delay_loop_2 */

static volatile uint16_t counter_overflows;
static uint16_t counter_overflow_cost;
static uint8_t counter_timer0_mask;

ISR(TIMER1_OVF_vect)
{
    counter_overflows++;
}

static inline void counter_start_at(uint16_t value)
{
    Serial.flush();
    cli();
    counter_timer0_mask = TIMSK0;
    TIMSK0 = 0;
    UCSR0B &= (uint8_t)~_BV(RXCIE0);
    counter_overflows = 0;
    TCCR1A = 0;
    TCCR1B = _BV(CS10);
    TIMSK1 = _BV(TOIE1);
    TCNT1 = value;
    TIFR1 = _BV(TOV1);
    sei();
}

static inline uint32_t counter_read(void)
{
    cli();
    uint16_t low = TCNT1;
    uint16_t high = counter_overflows;
    uint32_t cost = (uint32_t)high * counter_overflow_cost;
    if ((TIFR1 & _BV(TOV1)) && low < 0x8000u) {
        high++; /* it overflowed just now and its interrupt did not come to run */
    }
    TIMSK1 = 0;
    TIMSK0 = counter_timer0_mask;
    UCSR0B |= _BV(RXCIE0);
    sei();
    return (((uint32_t)high << 16) | low) - cost;
}

static inline void counter_start(void)
{
    counter_start_at(0);
}

static inline uint64_t counter_stop(void)
{
    return counter_read();
}

/* The same delay twice, with no overflow and with one in its middle. */
static inline void counter_init(void)
{
    const uint16_t half = 2 * CALIBRATION_LOOPS;
    counter_overflow_cost = 0;
    counter_start_at(0);
    _delay_loop_2(CALIBRATION_LOOPS);
    const uint16_t quiet = (uint16_t)counter_read();
    counter_start_at((uint16_t)-half);
    _delay_loop_2(CALIBRATION_LOOPS);
    counter_overflow_cost = (uint16_t)((uint16_t)counter_read() + half - quiet);
}

static inline uint32_t counter_hz(void)
{
    return F_CPU;
}

static inline uint32_t core_hz(void)
{
    return F_CPU;
}

#endif
