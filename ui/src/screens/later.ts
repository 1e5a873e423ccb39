// The screens that are not opened first, each a file of its own. Whoever stands in a classroom needs none of these.
import { later } from "../lib/later";

export const action = later(() => import("./action/ActionScreen.svelte"));
export const actions = later(() => import("./action/ActionsScreen.svelte"));
export const concerns = later(() => import("./concern/ConcernsScreen.svelte"));
export const debrief = later(() => import("./report/DebriefScreen.svelte"));
export const devices = later(() => import("./device/DevicesScreen.svelte"));
export const held = later(() => import("./person/HeldScreen.svelte"));
export const improve = later(() => import("./improve/ImproveScreen.svelte"));
export const imports = later(() => import("./school/ImportScreen.svelte"));
export const log = later(() => import("./log/LogScreen.svelte"));
export const form = later(() => import("./template/FormScreen.svelte"));
export const reflections = later(() => import("./reflection/ReflectionsScreen.svelte"));
export const report = later(() => import("./report/ReportScreen.svelte"));
export const retention = later(() => import("./retention/RetentionScreen.svelte"));
export const review = later(() => import("./review/ReviewScreen.svelte"));
export const school = later(() => import("./school/SchoolScreen.svelte"));
export const search = later(() => import("./search/SearchScreen.svelte"));
export const selfEvaluations = later(() => import("./self_evaluation/SelfEvaluationsScreen.svelte"));
export const selfEvaluation = later(() => import("./self_evaluation/ResultScreen.svelte"));
export const rate = later(() => import("./self_evaluation/RateScreen.svelte"));
export const agree = later(() => import("./self_evaluation/AgreeScreen.svelte"));
export const settings = later(() => import("./setting/SettingsScreen.svelte"));
export const start = later(() => import("./school/StartScreen.svelte"));
export const timetable = later(() => import("./timetable/TimetableScreen.svelte"));
export const visitPlan = later(() => import("./visit/VisitPlanScreen.svelte"));
export const walkPlan = later(() => import("./walk/WalkPlanScreen.svelte"));
export const year = later(() => import("./year/YearScreen.svelte"));
