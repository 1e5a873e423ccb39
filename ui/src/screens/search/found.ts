// What a hit opens, and what its group is called.
import type { SearchKind, SearchTarget } from "../../contract";

export const groupNames: Record<SearchKind, string> = {
  people: "People",
  classes: "Classes",
  rooms: "Rooms",
  walks: "Walks",
  notices: "Notices",
  visits: "Visits",
  comments: "In records",
  responses: "In teachers’ answers",
  reflections: "In reflections",
  reports: "In reports",
  actions: "Actions",
  reviews: "In reviews",
  remarks: "In comments by staff",
  templates: "In forms",
  concerns: "In concerns",
};

export function hrefOf(target: SearchTarget): string {
  switch (target.screen) {
    case "people":
    case "classes":
    case "rooms":
      return `#/school/${target.screen}`;
    case "walk":
      return `#/walks/${target.walk}`;
    case "notice":
      return `#/notices/${target.notice}`;
    case "record":
      if (target.seat === "leader") return `#/walks/${target.walk}/record/${target.visit}`;
      return target.seat === "observer" ? `#/today/${target.visit}/record` : `#/visits/${target.visit}`;
    case "observation":
      return `#/today/${target.visit}`;
    case "report":
      return `#/reports/${target.report}`;
    case "report_draft":
      return `#/walks/${target.walk}/report`;
    case "action":
      return `#/actions/${target.action}`;
    case "form":
      return `#/forms/${target.template}`;
    case "review":
      return `#/reviews/${target.term}`;
    case "concerns":
      return "#/mine/head";
    case "reflections":
      return "#/mine/reflections";
  }
}
