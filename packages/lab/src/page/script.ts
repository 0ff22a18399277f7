/**
 * The script of the page, as the text that the browser is sent: its parts are functions that use nothing from outside
 * themselves, and are handed one another. So it needs no build, and stays whole when the command is bundled.
 */

import { buildSequence } from './build-sequence.ts'
import { createElements } from './create-elements.ts'
import { runPage } from './run-page.ts'

export const pageScript: string = `'use strict';
const elements = (${createElements.toString()})();
const buildSequence = (${buildSequence.toString()});
(${runPage.toString()})(elements, buildSequence);
`
