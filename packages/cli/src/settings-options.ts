/**
 * The server's settings as options of a command. Their names, defaults and meaning stand in the server's table.
 */

import { existsSync, readFileSync } from 'node:fs'
import { environmentName, parseSettings, settingsTable } from '@countersign/server'
import type { Settings } from '@countersign/server'
import { Option } from 'commander'
import type { Command } from 'commander'

/** The settings that every command shows in its help, and what they mean there. `serve` shows all. */
const storeSettings: ReadonlyMap<string, string> = new Map([
  ['dev', 'for a server that was started with --dev'],
  ['data', "the server's data folder"],
  ['issuer', "the server's issuer"],
])

/** Adds every setting as an option: a command opens the same store as `serve` when it is given the same settings. */
export function addSettingsOptions(command: Command, shown: 'all' | 'store'): Command {
  for (const setting of Object.values(settingsTable)) {
    if (setting.secret) continue
    const flags = setting.placeholder === undefined ? `--${setting.name}` : `--${setting.name} <${setting.placeholder}>`
    const doc = shown === 'all' ? setting.doc : storeSettings.get(setting.name)
    const option = new Option(flags, `${doc ?? ''} ${describeDefault(setting)}`)
    command.addOption(doc === undefined ? option.hideHelp() : option)
  }
  return command
}

/** A command that works on the store: takes the settings of `serve`, and `--json`. */
export function storeCommand(parent: Command, usage: string, description: string): Command {
  const command = parent.command(usage).description(description).option('--json', 'print JSON')
  return addSettingsOptions(command, 'store')
}

/** Reads the settings of a command from its options, the environment and `.env` in the current folder. */
export function readSettings(command: Command): Settings {
  const given: Record<string, unknown> = command.opts()
  const names = new Set(Object.values(settingsTable).map(({ name }) => new Option(`--${name}`).attributeName()))
  const flags = Object.fromEntries(Object.entries(given).filter(([name]) => names.has(name)))
  const dotenv = existsSync('.env') ? { dotenv: readFileSync('.env', 'utf8') } : {}
  return parseSettings({ flags, env: process.env, ...dotenv })
}

/** The settings that stand in the command itself: another command that is given them works on the same store. */
export function givenSettings(command: Command): readonly string[] {
  return Object.values(settingsTable).flatMap(({ name, placeholder }) => {
    const attribute = new Option(`--${name}`).attributeName()
    if (command.getOptionValueSource(attribute) !== 'cli') return []
    return placeholder === undefined ? [`--${name}`] : [`--${name}`, String(command.getOptionValue(attribute))]
  })
}

function describeDefault(setting: (typeof settingsTable)[keyof Settings]): string {
  if (setting.placeholder === undefined) return `(${environmentName(setting)})`
  const value = setting.defaultNote ?? String(setting.default ?? 'none')
  const withDev = setting.devDefault === undefined ? '' : `, with \`--dev\` ${String(setting.devDefault)}`
  return `(default: ${value}${withDev}; ${environmentName(setting)})`
}
