/* QEMU's Xtensa `sim` machine with the lx106 core of the ESP8266. Serial I/O goes through simcalls
 * (Xtensa ISA Reference Manual, SIMCALL; QEMU target/xtensa/xtensa-semi.c), whose console has a
 * chardev of its own. The console raises no interrupt, so that idling is a nap of the timer's.
 */
#if defined(PORT_XTENSA_SIM)

#include "port.h"
#include "stack_paint.h"

#define SIMCALL_READ 3
#define SIMCALL_WRITE 4
#define CONSOLE_IN 0
#define CONSOLE_OUT 1

#define CORE_HZ 40000000u /* of ccount */
#define NAP_TICKS (CORE_HZ / 2000u)
#define TIMER_INTERRUPT (1u << 6)

extern uint8_t ld_bss_end[], ld_stack_limit[];

int main(void);
void port_reset(void);

static uint8_t inbox[64];
static uint32_t inbox_count, inbox_next;
static uint32_t counter_from;

/* Reset, which QEMU takes at the start of the system ROM, and the vectors by their offsets from
 * VECBASE. The only interrupt is that of the nap's timer (level 1, so that it comes as a user or
 * kernel exception): writing CCOMPARE0 clears it, and the wait goes on behind its WAITI. Any other
 * exception halts. */
__asm(".section .vectors, \"ax\"\n"
      ".literal_position\n"
      ".globl port_vectors\n"
      ".balign 256\n"
      "port_vectors:\n"
      "    j port_reset\n"
      ".org port_vectors + 0x30\n"
      "    j on_exception\n"
      ".org port_vectors + 0x50\n"
      "    j on_exception\n"
      ".org port_vectors + 0x70\n"
      "0:  j 0b\n"
      "on_exception:\n"
      "    wsr.excsave1 a2\n"
      "    rsr.exccause a2\n"
      "    addi a2, a2, -4\n"
      "0:  bnez a2, 0b\n"
      "    wsr.ccompare0 a2\n"
      "    wsr.intenable a2\n"
      "    rsync\n"
      "    rsr.excsave1 a2\n"
      "    rfe\n"
      ".previous\n"
      ".section .reset, \"ax\"\n"
      ".literal_position\n"
      ".globl port_reset\n"
      ".balign 4\n"
      "port_reset:\n"
      "    movi a2, port_vectors\n"
      "    wsr.vecbase a2\n"
      "    movi a2, 0\n"
      "    wsr.intenable a2\n"
      "    movi a2, 0x2f\n" /* UM, no EXCM, all levels masked */
      "    wsr.ps a2\n"
      "    rsync\n"
      "    movi a1, ld_stack_top\n"
      "    movi a2, ld_data_start\n"
      "    movi a3, ld_data_end\n"
      "    movi a5, ld_data_load\n"
      "3:  bgeu a2, a3, 4f\n"
      "    l32i a4, a5, 0\n"
      "    s32i a4, a2, 0\n"
      "    addi a5, a5, 4\n"
      "    addi a2, a2, 4\n"
      "    j 3b\n"
      "4:  movi a2, ld_bss_start\n"
      "    movi a3, ld_bss_end\n"
      "    movi a4, 0\n"
      "0:  bgeu a2, a3, 1f\n"
      "    s32i a4, a2, 0\n"
      "    addi a2, a2, 4\n"
      "    j 0b\n"
      "1:  call0 main\n"
      "2:  j 2b\n"
      ".previous\n");

int main(void)
{
    app_setup();
    for (;;) {
        app_poll();
    }
}

static int32_t simcall(int32_t number, int32_t file, const void *bytes, uint32_t count)
{
    register int32_t a2 __asm("a2") = number;
    register int32_t a3 __asm("a3") = file;
    register const void *a4 __asm("a4") = bytes;
    register uint32_t a5 __asm("a5") = count;
    __asm volatile("simcall" : "+r"(a2), "+r"(a3) : "r"(a4), "r"(a5) : "memory");
    return a2;
}

static inline uint32_t cycles(void)
{
    uint32_t count;
    __asm volatile("rsr.ccount %0" : "=r"(count));
    return count;
}

void port_init(void) {}

int port_read_byte(void)
{
    if (inbox_next == inbox_count) {
        const int32_t count = simcall(SIMCALL_READ, CONSOLE_IN, inbox, sizeof inbox);
        inbox_next = 0;
        inbox_count = count > 0 ? (uint32_t)count : 0;
    }
    return inbox_next < inbox_count ? inbox[inbox_next++] : -1;
}

void port_write(const uint8_t *bytes, size_t count)
{
    while (count > 0) {
        const int32_t written = simcall(SIMCALL_WRITE, CONSOLE_OUT, bytes, count);
        if (written > 0) {
            bytes += written;
            count -= (size_t)written;
        }
    }
}

void port_idle(void)
{
    __asm volatile("wsr.ccompare0 %0\n\t"
                   "wsr.intenable %1\n\t"
                   "rsync\n\t"
                   "waiti 0\n\t"
                   "rsil a15, 15"
                   :
                   : "r"(cycles() + NAP_TICKS), "r"(TIMER_INTERRUPT)
                   : "a15", "memory");
}

void port_counter_start(void)
{
    counter_from = cycles();
}

/* Right up to 32 bits: 107 s, 1.7e9 instructions. */
uint64_t port_counter_stop(void)
{
    return cycles() - counter_from;
}

uint32_t port_counter_hz(void)
{
    return CORE_HZ;
}

const char *port_counter_name(void)
{
    return "ccount";
}

uint32_t port_clock_hz(void)
{
    return CORE_HZ;
}

const char *port_core_name(void)
{
    return "xtensa-lx106";
}

static inline uint8_t *stack_pointer(void)
{
    uint8_t *pointer;
    __asm volatile("mov %0, a1" : "=r"(pointer));
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
