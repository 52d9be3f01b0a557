/* Arm's CMSDK APB UART (Technical Reference Manual DDI 0479) of the MPS2 and MPS3 boards. The file
 * that includes this defines UART_BASE, and UART_ENABLE_IRQ and UART_UNPEND_IRQ: two NVIC
 * registers with the bits UART_IRQS of its receive interrupt. */
#ifndef UART_CMSDK_H
#define UART_CMSDK_H

#include "port.h"

#define UART(offset) (*(volatile uint32_t *)(UART_BASE + (offset)))
#define UART_DATA UART(0x00u)
#define UART_STATE UART(0x04u)
#define UART_CTRL UART(0x08u)
#define UART_INTCLEAR UART(0x0Cu)
#define UART_BAUDDIV UART(0x10u)
#define UART_TX_FULL 0x1u
#define UART_RX_FULL 0x2u
#define UART_ENABLE 0xBu /* TX, RX, RX interrupt */
#define UART_RX_INTERRUPT 0x2u

void port_init(void)
{
    UART_BAUDDIV = 16;
    UART_CTRL = UART_ENABLE;
    /* A byte that came before RX was enabled would block all that follow: QEMU waits for its
     * removal, and no interrupt tells of it. */
    (void)UART_DATA;
    UART_INTCLEAR = UART_RX_INTERRUPT;
    UART_UNPEND_IRQ = UART_IRQS;
    UART_ENABLE_IRQ = UART_IRQS;
}

int port_read_byte(void)
{
    if (!(UART_STATE & UART_RX_FULL)) {
        return -1;
    }
    /* Cleared before the byte is taken: the next one can only come after that. */
    UART_INTCLEAR = UART_RX_INTERRUPT;
    UART_UNPEND_IRQ = UART_IRQS;
    return (int)(UART_DATA & 0xFFu);
}

void port_write(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        while (UART_STATE & UART_TX_FULL) {
        }
        UART_DATA = bytes[i];
    }
}

void port_idle(void)
{
    if (!(UART_STATE & UART_RX_FULL)) {
        __asm volatile("wfi");
    }
}

#endif
