/* ST's USART, polled: of STM32F4 (RM0090, chapter 30), or with USART_SPLIT of STM32H7 (RM0433,
 * chapter 48), which has a data register for each direction. The file that includes this defines
 * USART_BASE. */
#ifndef UART_STM32_H
#define UART_STM32_H

#include "port.h"

#define USART(offset) (*(volatile uint32_t *)(USART_BASE + (offset)))
#if defined(USART_SPLIT)
#define USART_CONTROL USART(0x00u)
#define USART_STATUS USART(0x1Cu)
#define USART_RX USART(0x24u)
#define USART_TX USART(0x28u)
#define USART_ENABLE 0x2Du /* USART, RX, TX, RX interrupt */
#else
#define USART_STATUS USART(0x00u)
#define USART_RX USART(0x04u)
#define USART_TX USART(0x04u)
#define USART_CONTROL USART(0x0Cu)
#define USART_ENABLE 0x202Cu /* USART, RX interrupt, TX, RX */
#endif
#define USART_RX_READY (1u << 5)
#define USART_TX_EMPTY (1u << 7)

static inline void uart_on(void)
{
    USART_CONTROL = USART_ENABLE;
}

static inline int uart_read_byte(void)
{
    return (USART_STATUS & USART_RX_READY) ? (int)(USART_RX & 0xFFu) : -1;
}

void port_write(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        while (!(USART_STATUS & USART_TX_EMPTY)) {
        }
        USART_TX = bytes[i];
    }
}

#endif
