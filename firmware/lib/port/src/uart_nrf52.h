/* Nordic's UARTE, polled, one byte a transfer to RAM: nRF52840 Product Specification 1.1, 6.34. */
#ifndef UART_NRF52_H
#define UART_NRF52_H

#include "port.h"

#ifndef UARTE_BASE
#define UARTE_BASE 0x40002000u
#endif

#define UARTE(offset) (*(volatile uint32_t *)(UARTE_BASE + (offset)))
#define UARTE_START_RX UARTE(0x000u)
#define UARTE_START_TX UARTE(0x008u)
#define UARTE_RX_END UARTE(0x110u)
#define UARTE_TX_END UARTE(0x120u)
#define UARTE_ENABLE UARTE(0x500u)
#define UARTE_RX_POINTER UARTE(0x534u)
#define UARTE_RX_COUNT UARTE(0x538u)
#define UARTE_TX_POINTER UARTE(0x544u)
#define UARTE_TX_COUNT UARTE(0x548u)
#define UARTE_ON 8u
#define UARTE_LARGEST 255u

static volatile uint8_t uart_inbox;

static inline void uart_on(void)
{
    UARTE_ENABLE = UARTE_ON;
    UARTE_RX_POINTER = (uint32_t)&uart_inbox;
    UARTE_RX_COUNT = 1;
    UARTE_START_RX = 1;
}

static inline int uart_read_byte(void)
{
    if (!UARTE_RX_END) {
        return -1;
    }
    const int byte = uart_inbox;
    UARTE_RX_END = 0;
    UARTE_START_RX = 1;
    return byte;
}

void port_write(const uint8_t *bytes, size_t count)
{
    while (count > 0) {
        const uint32_t part = count < UARTE_LARGEST ? (uint32_t)count : UARTE_LARGEST;
        UARTE_TX_POINTER = (uint32_t)bytes;
        UARTE_TX_COUNT = part;
        UARTE_TX_END = 0;
        UARTE_START_TX = 1;
        while (!UARTE_TX_END) {
        }
        bytes += part;
        count -= part;
    }
}

#endif
