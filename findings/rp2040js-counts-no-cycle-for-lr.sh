#!/usr/bin/env bash
# rp2040js 1.4.1: PUSH and POP take no cycle for LR and PC, and SysTick's period is one tick short.
#
# One would guess, by Arm's manual of the Cortex-M0+ (DDI 0484, 3.3): PUSH takes 1 cycle and one for
# each register in its list, POP with PC 3 and one for each, and SysTick with reload value N has a
# period of N + 1 cycles.
# Seen: PUSH {r4, r5} takes 3 cycles as it should, but PUSH {lr} 1, a store in no time, and
# POP {pc} 3; with a reload value of 9 SysTick wraps every 9 cycles. A cycle count of code that
# calls small functions is 1 % too low, and a SysTick counter that is unwrapped by 2^24 gains a
# cycle every 134 ms.
# Output seen: "push {r4, r5} 3, push {lr} 1, pop {r4, r5} 3, pop {pc} 3, SysTick of 9 wraps after 9"
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts rp2040js@1.4.1

cat >seen.mjs <<'NODE'
import assert from 'node:assert';
import { RP2040 } from 'rp2040js';

const CODE = 0x100;
const NS_A_CYCLE = 8;

function cyclesOf(opcode) {
  const chip = new RP2040();
  chip.flashView.setUint16(CODE, opcode, true);
  chip.core.PC = 0x10000000 + CODE;
  chip.core.SP = 0x20001000;
  return chip.core.executeInstruction();
}

function periodOfSysTick(reload) {
  const chip = new RP2040();
  chip.writeUint32(0xe000e014, reload);
  chip.writeUint32(0xe000e018, 0);
  chip.writeUint32(0xe000e010, 5);
  const wraps = [];
  let before = 0;
  for (let cycle = 0; cycle < 100; cycle++) {
    chip.clock.tick(NS_A_CYCLE);
    const value = chip.readUint32(0xe000e018);
    if (value > before) {
      wraps.push(cycle);
    }
    before = value;
  }
  const periods = new Set(wraps.slice(2).map((at, index) => at - wraps[index + 1]));
  assert.equal(periods.size, 1);
  return [...periods][0];
}

const seen = {
  'push {r4, r5}': cyclesOf(0xb430),
  'push {lr}': cyclesOf(0xb500),
  'pop {r4, r5}': cyclesOf(0xbc30),
  'pop {pc}': cyclesOf(0xbd00),
  'SysTick of 9 wraps after': periodOfSysTick(9),
};
console.log(Object.entries(seen).map((pair) => pair.join(' ')).join(', '));
assert.deepEqual(Object.values(seen), [3, 1, 3, 3, 9]);
NODE
node seen.mjs
