/* The part of Arduino's interface that the port uses, for an RP2040 as rp2040js models it: UART0 in
 * place of USB, the microsecond timer, no clock set-up. Start-up as in cortex_m.c. */
#include <Arduino.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define UART_DATA REGISTER(0x40034000u)
#define UART_FLAGS REGISTER(0x40034018u)
#define UART_CONTROL REGISTER(0x40034030u)
#define UART_INTERRUPT_MASK REGISTER(0x40034038u)
#define UART_RX_EMPTY (1u << 4)
#define UART_ON (1u << 9 | 1u << 8 | 1u)
#define UART_RX_INTERRUPTS (1u << 6 | 1u << 4)
#define UART_IRQ (1u << 20)
#define NVIC_ENABLE REGISTER(0xE000E100u)
#define NVIC_UNPEND REGISTER(0xE000E280u)
#define MICROSECONDS REGISTER(0x40054028u)

SerialLine Serial;

void SerialLine::begin(unsigned long)
{
    UART_CONTROL = UART_ON;
    UART_INTERRUPT_MASK = UART_RX_INTERRUPTS;
    NVIC_ENABLE = UART_IRQ;
}

int SerialLine::read()
{
    return UART_FLAGS & UART_RX_EMPTY ? -1 : static_cast<int>(UART_DATA & 0xFFu);
}

size_t SerialLine::write(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        UART_DATA = bytes[i];
    }
    return count;
}

extern "C" {

unsigned long micros()
{
    return MICROSECONDS;
}

void yield()
{
    NVIC_UNPEND = UART_IRQ;
    if (UART_FLAGS & UART_RX_EMPTY) {
        __asm volatile("wfi");
    }
}

void pinMode(uint8_t, uint8_t) {}
void digitalWrite(uint8_t, uint8_t) {}

extern uint32_t ld_data_load[], ld_data_start[], ld_data_end[], ld_bss_start[], ld_bss_end[];
extern uint8_t ld_stack_top[];

void port_reset()
{
    __asm volatile("cpsid i");
    for (uint32_t *to = ld_data_start, *from = ld_data_load; to < ld_data_end;) {
        *to++ = *from++;
    }
    for (uint32_t *to = ld_bss_start; to < ld_bss_end;) {
        *to++ = 0;
    }
    setup();
    for (;;) {
        loop();
    }
}

__attribute__((section(".vectors"), used)) void *const vectors[] = {
    ld_stack_top,
    reinterpret_cast<void *>(port_reset),
};
}
