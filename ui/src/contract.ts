// The words the screens and the Rust side share, all generated from it. One door for every import, so that
// only this file knows where they are kept.
import type { AgreedCommands } from "./agreed";
import type { AgreedVoices } from "./agreed-voices";
import type { Commands as GeneratedCommands } from "./generated/commands";

export type Commands = Omit<GeneratedCommands, keyof AgreedCommands | keyof AgreedVoices> &
  AgreedCommands &
  AgreedVoices;
export type Command = keyof Commands;
export type * from "./agreed";
export type * from "./agreed-voices";

export type { AdditionView } from "./generated/AdditionView";
export type { ApiError } from "./generated/ApiError";
export type { BalanceView } from "./generated/BalanceView";
export type { ClassLine } from "./generated/ClassLine";
export type { Code } from "./generated/Code";
export type { ComingVisit } from "./generated/ComingVisit";
export type { CommentView } from "./generated/CommentView";
export type { ConcernBefore } from "./generated/ConcernBefore";
export type { ConcernLine } from "./generated/ConcernLine";
export type { Criterion } from "./generated/Criterion";
export type { DeviceLine } from "./generated/DeviceLine";
export type { Edit } from "./generated/Edit";
export type { EntryView } from "./generated/EntryView";
export type { Imported } from "./generated/Imported";
export type { ImportPreview } from "./generated/ImportPreview";
export type { Install } from "./generated/Install";
export type { Invite } from "./generated/Invite";
export type { Kept } from "./generated/Kept";
export type { ListKind } from "./generated/ListKind";
export type { Mark } from "./generated/Mark";
export type { Me } from "./generated/Me";
export type { MyAddition } from "./generated/MyAddition";
export type { MyState } from "./generated/MyState";
export type { NoticeLine } from "./generated/NoticeLine";
export type { NoticePage } from "./generated/NoticePage";
export type { Part } from "./generated/Part";
export type { PersonLine } from "./generated/PersonLine";
export type { ReadBy } from "./generated/ReadBy";
export type { RecordCard } from "./generated/RecordCard";
export type { RecordSection } from "./generated/RecordSection";
export type { RecordState } from "./generated/RecordState";
export type { RecordView } from "./generated/RecordView";
export type { ReflectionEdit } from "./generated/ReflectionEdit";
export type { ReflectionLine } from "./generated/ReflectionLine";
export type { ReflectionView } from "./generated/ReflectionView";
export type { Reminder } from "./generated/Reminder";
export type { ResponseEdit } from "./generated/ResponseEdit";
export type { ResponseView } from "./generated/ResponseView";
export type { ReviewLine } from "./generated/ReviewLine";
export type { ReviewView } from "./generated/ReviewView";
export type { Role } from "./generated/Role";
export type { RoomLine } from "./generated/RoomLine";
export type { School } from "./generated/School";
export type { Section } from "./generated/Section";
export type { Seen } from "./generated/Seen";
export type { SetAsideLine } from "./generated/SetAsideLine";
export type { Space } from "./generated/Space";
export type { SyncState } from "./generated/SyncState";
export type { TemplateLine } from "./generated/TemplateLine";
export type { VisitCard } from "./generated/VisitCard";
export type { VisitLine } from "./generated/VisitLine";
export type { VisitSheet } from "./generated/VisitSheet";
export type { VisitState } from "./generated/VisitState";
export type { WalkCard } from "./generated/WalkCard";
export type { Words } from "./generated/Words";
