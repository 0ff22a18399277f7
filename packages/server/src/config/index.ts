/** Settings: what there are, where they come from, which combinations are refused. */

export { localIssuer, parseSettings } from './settings.ts'
export type { SettingsSources } from './settings.ts'
export { SettingsError } from './settings-error.ts'
export type { SettingsProblem } from './settings-error.ts'
export { environmentName, settingsTable } from './settings-table.ts'
export type { Setting, Settings } from './settings-table.ts'
