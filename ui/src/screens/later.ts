// The screens that are not opened first, each a file of its own. Whoever stands in a classroom needs none of these.
import { later } from "../lib/later";

export const concerns = later(() => import("./concern/ConcernsScreen.svelte"));
export const devices = later(() => import("./device/DevicesScreen.svelte"));
export const held = later(() => import("./person/HeldScreen.svelte"));
export const imports = later(() => import("./school/ImportScreen.svelte"));
export const log = later(() => import("./log/LogScreen.svelte"));
export const form = later(() => import("./template/FormScreen.svelte"));
export const forms = later(() => import("./template/FormsScreen.svelte"));
export const formCompare = later(() => import("./template/FormCompareScreen.svelte"));
export const formEdit = later(() => import("./template/FormEditScreen.svelte"));
export const formImport = later(() => import("./template/FormImportScreen.svelte"));
export const reflections = later(() => import("./reflection/ReflectionsScreen.svelte"));
export const retention = later(() => import("./retention/RetentionScreen.svelte"));
export const review = later(() => import("./review/ReviewScreen.svelte"));
export const school = later(() => import("./school/SchoolScreen.svelte"));
export const settings = later(() => import("./setting/SettingsScreen.svelte"));
export const start = later(() => import("./school/StartScreen.svelte"));
export const timetable = later(() => import("./timetable/TimetableScreen.svelte"));
export const visitPlan = later(() => import("./visit/VisitPlanScreen.svelte"));
export const walkPlan = later(() => import("./walk/WalkPlanScreen.svelte"));
export const year = later(() => import("./year/YearScreen.svelte"));
