/* QEMU's RISC-V `virt` machine with an rv32imc core. No interrupt is ever taken: they stay masked,
 * and a pending one only ends WFI.
 *
 * Registers: TL16C550C data sheet for the UART; RISC-V Platform-Level Interrupt Controller
 * specification 1.0; RISC-V privileged specification 1.12 for the CSRs.
 */
#if defined(PORT_RISCV_VIRT)

#include "port.h"
#include "stack_paint.h"

#define UART(offset) (*(volatile uint8_t *)(0x10000000u + (offset)))
#define UART_DATA UART(0)
#define UART_INTERRUPTS UART(1)
#define UART_FIFO UART(2)
#define UART_LINE UART(3)
#define UART_STATUS UART(5)
#define UART_RX_INTERRUPT 0x01u
/* Enabled, both cleared, interrupt at 14 bytes or a pause: QEMU sends as many at once, which is
 * four times as fast as one by one. */
#define UART_FIFO_ON 0xC7u
#define UART_8N1 0x03u
#define UART_DIVISOR_ACCESS 0x80u
#define UART_RX_READY 0x01u
#define UART_TX_EMPTY 0x20u

#define PLIC(offset) (*(volatile uint32_t *)(0x0C000000u + (offset)))
#define UART_IRQ 10u
#define PLIC_PRIORITY PLIC(4u * UART_IRQ)
#define PLIC_ENABLE PLIC(0x2000u)
#define PLIC_THRESHOLD PLIC(0x200000u)
#define PLIC_CLAIM PLIC(0x200004u)

#define MIE_EXTERNAL 0x800u
#define INSTRUCTIONS_PER_S 1000000000u /* one takes 1 ns at -icount shift=0 */

extern uint8_t ld_stack_limit[], ld_bss_end[];

int main(void);

static uint64_t counter_start;

/* picolibc keeps errno in thread-local storage, so tp needs a block even with one thread. */
__asm(".section .reset, \"ax\"\n"
      ".globl port_reset\n"
      "port_reset:\n"
      ".option push\n"
      ".option norelax\n"
      "    la gp, __global_pointer$\n"
      ".option pop\n"
      "    la sp, ld_stack_top\n"
      "    la tp, ld_tls_start\n"
      "    la t0, 4f\n"
      "    csrw mtvec, t0\n"
      "    la t0, ld_data_load\n"
      "    la t1, ld_data_start\n"
      "    la t2, ld_data_end\n"
      "0:  bgeu t1, t2, 1f\n"
      "    lw t3, 0(t0)\n"
      "    sw t3, 0(t1)\n"
      "    addi t0, t0, 4\n"
      "    addi t1, t1, 4\n"
      "    j 0b\n"
      "1:  la t1, ld_bss_start\n"
      "    la t2, ld_bss_end\n"
      "2:  bgeu t1, t2, 3f\n"
      "    sw zero, 0(t1)\n"
      "    addi t1, t1, 4\n"
      "    j 2b\n"
      "3:  call main\n"
      "    .balign 4\n"
      "4:  wfi\n"
      "    j 4b\n"
      ".previous\n");

int main(void)
{
    app_setup();
    for (;;) {
        app_poll();
    }
}

void port_init(void)
{
    UART_LINE = UART_DIVISOR_ACCESS | UART_8N1;
    UART_DATA = 1; /* the divisor: the pause that counts is as short as can be */
    UART_LINE = UART_8N1;
    UART_FIFO = UART_FIFO_ON;
    UART_INTERRUPTS = UART_RX_INTERRUPT;
    PLIC_PRIORITY = 1;
    PLIC_THRESHOLD = 0;
    PLIC_ENABLE = 1u << UART_IRQ;
    __asm volatile("csrs mie, %0" ::"r"(MIE_EXTERNAL));
}

int port_read_byte(void)
{
    return (UART_STATUS & UART_RX_READY) ? UART_DATA : -1;
}

void port_write(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        while (!(UART_STATUS & UART_TX_EMPTY)) {
        }
        UART_DATA = bytes[i];
    }
}

/* A byte that comes between the check and WFI leaves its interrupt pending, so WFI returns at once.
 * Claiming it is safe at any time, as the caller looks for a byte before it comes here again. */
void port_idle(void)
{
    if (!(UART_STATUS & UART_RX_READY)) {
        __asm volatile("wfi");
        PLIC_CLAIM = PLIC_CLAIM; /* reading claims, writing back completes */
    }
}

static inline __attribute__((always_inline)) uint64_t retired(void)
{
    uint32_t high, low, again;
    do {
        __asm volatile("csrr %0, minstreth\n\t"
                       "csrr %1, minstret\n\t"
                       "csrr %2, minstreth"
                       : "=r"(high), "=r"(low), "=r"(again));
    } while (high != again);
    return ((uint64_t)high << 32) | low;
}

void port_counter_start(void)
{
    counter_start = retired();
}

uint64_t port_counter_stop(void)
{
    return retired() - counter_start;
}

uint32_t port_counter_hz(void)
{
    return INSTRUCTIONS_PER_S;
}

const char *port_counter_name(void)
{
    return "minstret";
}

uint32_t port_clock_hz(void)
{
    return INSTRUCTIONS_PER_S;
}

const char *port_core_name(void)
{
    return "rv32imc";
}

static inline uint8_t *stack_pointer(void)
{
    uint8_t *pointer;
    __asm volatile("mv %0, sp" : "=r"(pointer));
    return pointer;
}

uint32_t port_free_ram(void)
{
    return (uint32_t)(stack_pointer() - ld_bss_end);
}

uint32_t port_stack_of(void (*run)(uint8_t *arena), uint8_t *arena)
{
    return stack_depth(run, arena, ld_stack_limit, stack_pointer());
}

#endif
