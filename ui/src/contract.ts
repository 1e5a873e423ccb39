// The words the screens and the Rust side share. One door for every import, so that where the types
// are generated is known here alone.

export type PersonId = string;
export type ClassId = string;
export type RoomId = string;
export type TemplateId = string;
export type WalkId = string;
export type VisitId = string;
export type DeviceId = string;

export type Role = "leader" | "head" | "teacher" | "support" | "governor" | "visitor";
export type Mark = "seen" | "not_seen";
export type VisitState = "planned" | "noticed" | "open" | "finished" | "shared" | "answered";
export type Part = "opening" | "main" | "plenary";
export type Code =
  | "bad_request"
  | "unknown_command"
  | "not_found"
  | "not_allowed"
  | "refused"
  | "sign_in_first"
  | "code_unknown"
  | "hub_unreachable"
  | "no_hub"
  | "foreign_school"
  | "too_many"
  | "not_saved"
  | "internal";
export type ApiError = { code: Code; message: string };

export type Place = "device" | "hub";
export type Me = {
  person: PersonId;
  name: string;
  roles: Role[];
  school: string;
  is_observer: boolean;
  is_teacher: boolean;
  is_leader: boolean;
};
export type Space = { id: PersonId; name: string; school: string };
export type Install = {
  place: Place;
  version: string;
  me: Me | null;
  spaces: Space[];
  has_school: boolean;
  is_demo: boolean;
  trouble: string | null;
};

export type SetAside = {
  record: string;
  what: string;
  field: string;
  value: string;
  code: string;
  message: string;
  at: string;
};
export type SyncState = {
  place: Place;
  waiting: number;
  received_at: string | null;
  is_syncing: boolean;
  set_aside: number;
  trouble: { code: Code; message: string } | null;
  hub: string | null;
  skew_seconds: number | null;
};

export type ObservationState = "not_started" | "open" | "finished";
export type Lock = { reason: string; from: string | null };
export type VisitCard = {
  visit: VisitId;
  walk: WalkId;
  class: string;
  class_detail: string;
  room: string;
  room_detail: string;
  route: number;
  starts_at: string;
  minutes: number;
  subject: string;
  part: Part;
  observers: string[];
  focus: string;
  state: VisitState;
  my_state: ObservationState;
  lock: Lock | null;
};
export type Day = { date: string; visits: VisitCard[]; later: VisitCard[]; earlier: VisitCard[] };

export type Criterion = { key: string; text: string; guidance: string | null };
export type Section = { key: string; title: string; criteria: Criterion[]; prompts: string[] };
export type Entry = { id: string; text: string };
export type Balance = { strengths: number; development: number; aim: number; nudge: string | null };
export type Observation = {
  started_at: string | null;
  finished_at: string | null;
  marks: { [key in string]?: Mark };
  comments: { [key in string]?: string };
  went_well: Entry[];
  even_better_if: Entry[];
  overall: string;
  pupils: number | null;
  pupils_note: string;
};
export type VisitSheet = {
  card: VisitCard;
  purpose: string;
  template: string;
  sections: Section[];
  mine: Observation;
  balance: Balance;
  reminders: { stand: string[]; ask: string[]; never: string[] };
  nudge_after_minutes: number;
  stop_after_minutes: number;
  now: string;
  place: string | null;
  other: { name: string; state: ObservationState | "unknown" } | null;
  statement: string;
};
export type Edit =
  | { what: "mark"; criterion: string; mark: Mark | null }
  | { what: "comment"; section: string; text: string }
  | { what: "went_well"; entry: string; text: string | null }
  | { what: "even_better_if"; entry: string; text: string | null }
  | { what: "overall"; text: string }
  | { what: "pupils"; count: number | null }
  | { what: "pupils_note"; text: string };

export type ComingVisit = {
  card: VisitCard;
  purpose: string;
  walk: string;
  why: string;
  notice_since: string | null;
};
export type Coming = { visits: ComingVisit[]; statement: string };

export type RecordState = "waiting" | "due" | "overdue" | "shared" | "answered";
export type RecordCard = {
  visit: VisitId;
  class: string;
  subject: string;
  starts_at: string;
  observers: string[];
  state: RecordState;
  due_at: string | null;
  shared_at: string | null;
};
export type Records = {
  records: RecordCard[];
  count: { made: number; maximum: number; year: string };
  statement: string;
};
export type Seen = { observer: string; mark: Mark | null };
export type RecordRow = { key: string; text: string; marks: Seen[] };
export type Words = { by: string; text: string };
export type RecordSection = {
  key: string;
  title: string;
  rows: RecordRow[];
  comments: Words[];
  reply: string;
};
export type ResponseView = {
  teacher: string;
  is_mine: boolean;
  sent_at: string | null;
  comments: { [key in string]?: string };
  overall: string;
  is_received: boolean;
};
export type RecordObserver = {
  name: string;
  started_at: string | null;
  finished_at: string | null;
  pupils: number | null;
  pupils_note: string;
};
export type RecordView = {
  card: VisitCard;
  walk: string;
  purpose: string;
  statement: string;
  observers: RecordObserver[];
  shared_at: string | null;
  shared_after_hours: number | null;
  due_at: string | null;
  destroyed_on: string;
  went_well: Words[];
  even_better_if: Words[];
  overall: Words[];
  sections: RecordSection[];
  responses: ResponseView[];
  may_respond: boolean;
  may_share: boolean;
  share_lock: string | null;
  talked: boolean;
};
export type ResponseEdit =
  | { what: "comment"; section: string; text: string }
  | { what: "overall"; text: string };

export type WalkCard = {
  walk: WalkId;
  name: string;
  focus: string;
  from: string | null;
  to: string | null;
  visits: number;
  finished: number;
  shared: number;
  answered: number;
  noticed: boolean;
};
export type VisitObserver = { person: PersonId; name: string; state: ObservationState };
export type VisitLine = {
  card: VisitCard;
  observers: VisitObserver[];
  teachers: string[];
  record: RecordState | null;
  due_at: string | null;
  shared_at: string | null;
  may_share: boolean;
  share_lock: string | null;
  problems: string[];
};
export type NoticeView = {
  given_at: string | null;
  opens_at: string | null;
  stale: string[];
  days: number;
};
export type WalkView = {
  walk: WalkId;
  name: string;
  focus: string;
  purpose: string;
  template: TemplateId;
  template_name: string;
  visits: VisitLine[];
  notice: NoticeView;
  statement: string;
};

export type DeviceLine = {
  device: DeviceId;
  name: string;
  person: string;
  last_contact: string | null;
  expected: number;
  received: number;
  missing: number;
  waiting: number | null;
  is_revoked: boolean;
};
export type Devices = { devices: DeviceLine[]; as_of: string; is_live: boolean };
export type Invite = {
  person: string;
  code: string;
  link: string;
  qr_svg: string;
  expires_at: string;
};

export type PersonLine = {
  person: PersonId;
  name: string;
  roles: Role[];
  line_manager: PersonId | null;
  is_active: boolean;
  classes: string[];
};
export type ClassLine = {
  class: ClassId;
  name: string;
  year_group: string;
  phase: string;
  teachers: PersonId[];
  support: PersonId[];
  room: RoomId | null;
  is_active: boolean;
};
export type RoomLine = { room: RoomId; name: string; place: string; route: number };
export type TemplateLine = {
  template: TemplateId;
  name: string;
  version: number;
  sections: number;
  criteria: number;
};
export type School = {
  school: string;
  people: PersonLine[];
  classes: ClassLine[];
  rooms: RoomLine[];
  templates: TemplateLine[];
};
export type ListKind = "people" | "classes" | "rooms";
export type ImportRow = {
  line: number;
  cells: string[];
  result: "new" | "same" | "changed" | "wrong";
  problems: string[];
};
export type ImportPreview = {
  list: ListKind;
  columns: string[];
  rows: ImportRow[];
  ready: number;
  wrong: number;
  expects: string;
};
export type Imported = { school: School; added: number; changed: number; left_out: ImportRow[] };
export type Template = { template: TemplateId; name: string; version: number; sections: Section[] };
export type About = { statement: string; sections: { title: string; text: string }[] };

type Nothing = Record<string, never>;

export interface Commands {
  install_get: { request: Nothing; answer: Install };
  school_start: {
    request: { school: string; person: string; setup_code: string | null };
    answer: Install;
  };
  device_join: {
    request: { address: string | null; code: string; device: string };
    answer: Install;
  };
  hub_connect: { request: { address: string; code: string }; answer: Install };
  space_choose: { request: { space: PersonId }; answer: Install };
  space_leave: { request: Nothing; answer: Install };
  sync_get: { request: Nothing; answer: SyncState };
  sync_run: { request: Nothing; answer: SyncState };
  set_aside_list: { request: Nothing; answer: SetAside[] };
  set_aside_drop: { request: { record: string; field: string }; answer: SetAside[] };
  day_list: { request: Nothing; answer: Day };
  visit_get: { request: { visit: VisitId }; answer: VisitSheet };
  visit_start: { request: { visit: VisitId }; answer: VisitSheet };
  visit_finish: { request: { visit: VisitId }; answer: VisitSheet };
  observation_write: {
    request: { visit: VisitId; edit: Edit };
    answer: { saved_at: string; balance: Balance };
  };
  place_put: { request: { visit: VisitId; row: string }; answer: null };
  coming_list: { request: Nothing; answer: Coming };
  record_list: { request: Nothing; answer: Records };
  record_get: { request: { visit: VisitId }; answer: RecordView };
  record_share: { request: { visit: VisitId; talked: boolean }; answer: RecordView };
  response_write: {
    request: { visit: VisitId; edit: ResponseEdit };
    answer: { saved_at: string };
  };
  response_send: { request: { visit: VisitId }; answer: RecordView };
  walk_list: { request: Nothing; answer: WalkCard[] };
  walk_get: { request: { walk: WalkId }; answer: WalkView };
  walk_put: {
    request: {
      walk: WalkId | null;
      name: string;
      focus: string;
      purpose: string;
      template: TemplateId;
    };
    answer: WalkView;
  };
  visit_put: {
    request: {
      visit: VisitId | null;
      walk: WalkId;
      class: ClassId;
      starts_at: string;
      minutes: number;
      observers: PersonId[];
      subject: string;
      part: Part;
    };
    answer: WalkView;
  };
  visit_cancel: { request: { visit: VisitId }; answer: WalkView };
  notice_give: { request: { walk: WalkId }; answer: WalkView };
  device_list: { request: Nothing; answer: Devices };
  device_invite: { request: { person: PersonId }; answer: Invite };
  school_get: { request: Nothing; answer: School };
  person_put: {
    request: {
      person: PersonId | null;
      name: string;
      roles: Role[];
      line_manager: PersonId | null;
      is_active: boolean;
    };
    answer: School;
  };
  class_put: {
    request: {
      class: ClassId | null;
      name: string;
      year_group: string;
      phase: string;
      teachers: PersonId[];
      support: PersonId[];
      room: RoomId | null;
      is_active: boolean;
    };
    answer: School;
  };
  room_put: {
    request: { room: RoomId | null; name: string; place: string; route: number };
    answer: School;
  };
  import_preview: { request: { list: ListKind; text: string }; answer: ImportPreview };
  import_apply: { request: { list: ListKind; text: string }; answer: Imported };
  template_get: { request: { template: TemplateId }; answer: Template };
  about_get: { request: Nothing; answer: About };
}
export type Command = keyof Commands;
