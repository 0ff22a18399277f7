/**
 * The five systems, from the lowest rung of the ladder to the highest.
 */

import type { LabSystem, SystemName } from './lab-system.ts'

export const systems: readonly LabSystem[] = []

export function findSystem(name: SystemName): LabSystem | undefined {
  return systems.find((system) => system.name === name)
}
