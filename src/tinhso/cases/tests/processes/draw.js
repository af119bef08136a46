// Draws a model by the commands of bpmn-js's Modeler, as somebody at the palette would, and exports it.
async (model) => {
  const place = document.createElement("div");
  place.style.cssText = "width:1600px;height:900px";
  document.body.append(place);
  const modeler = new BpmnJS({ container: place });
  await modeler.createDiagram();
  const get = (name) => modeler.get(name);
  const [canvas, factory, moddle, modeling, registry] = [
    "canvas", "elementFactory", "bpmnFactory", "modeling", "elementRegistry",
  ].map(get);
  modeling.removeShape(registry.get("StartEvent_1"));
  let root = canvas.getRootElement();
  const definitions = () => canvas.getRootElement().businessObject.$parent;
  modeling.updateProperties(root, { id: model.process });
  const named = {};
  const global = (type, key, value) => {
    const at = type + value;
    if (!named[at]) {
      named[at] = moddle.create(type, { name: value, ...(key ? { [key]: value } : {}) });
      named[at].$parent = definitions();
      definitions().rootElements.push(named[at]);
    }
    return named[at];
  };
  const shapes = {};
  if (model.lanes.length) {
    const pool = modeling.createShape(factory.createParticipantShape({ type: "bpmn:Participant" }), { x: 700, y: 300 }, root);
    modeling.resizeShape(pool, { x: 100, y: 50, width: 1300, height: 500 });
    root = pool;
    const split = (holder, lanes) => {
      modeling.splitLane(holder, Math.max(lanes.length, 2));
      const made = holder.children.filter((child) => child.type === "bpmn:Lane").sort((a, b) => a.y - b.y);
      lanes.forEach((lane, at) => {
        modeling.updateProperties(made[at], { name: lane.name });
        shapes[lane.id] = made[at];
        if (lane.lanes) split(made[at], lane.lanes);
      });
    };
    split(pool, model.lanes);
  }
  for (const node of model.nodes) {
    const [type, event] = [`bpmn:${node.type[0].toUpperCase()}${node.type.slice(1)}`, node.event];
    const definition = event && `bpmn:${event[0].toUpperCase()}${event.slice(1)}EventDefinition`;
    const shape = factory.createShape({
      type,
      ...(definition ? { eventDefinitionType: definition } : {}),
      ...(type === "bpmn:SubProcess" && !node.folded ? { isExpanded: true } : {}),
      ...(node.marks || {}),
    });
    const lane = node.lane && shapes[node.lane];
    const holder = node.host ? shapes[node.host] : node.parent ? shapes[node.parent] : root;
    const spot = lane
      ? { x: node.x, y: lane.y + lane.height / 2 }
      : node.host
        ? { x: shapes[node.host].x + 20 + 30 * (node.slot || 0), y: shapes[node.host].y + shapes[node.host].height }
        : { x: node.x, y: node.y };
    const made = modeling.createShape(shape, spot, lane || holder, node.host ? { attach: true } : {});
    if (node.size) modeling.resizeShape(made, { x: made.x, y: made.y, width: node.size[0], height: node.size[1] });
    modeling.updateProperties(made, { id: node.id, ...(node.name ? { name: node.name } : {}), ...(node.properties || {}) });
    shapes[node.id] = registry.get(node.id);
    if (node.host && node.interrupting === false) modeling.updateProperties(made, { cancelActivity: false });
    const own = (made.businessObject.eventDefinitions || [])[0];
    if (own && node.timer) {
      const [way, text] = node.timer;
      const expression = moddle.create("bpmn:FormalExpression", { body: text });
      expression.$parent = own;
      modeling.updateModdleProperties(made, own, { [way]: expression });
    }
    if (node.told) {
      const holderOf = own || made.businessObject;
      const by = {
        message: ["bpmn:Message", "", "messageRef"],
        error: ["bpmn:Error", "errorCode", "errorRef"],
        escalation: ["bpmn:Escalation", "escalationCode", "escalationRef"],
      }[event || "message"];
      if (event === "link") modeling.updateModdleProperties(made, own, { name: node.told });
      else modeling.updateModdleProperties(made, holderOf, { [by[2]]: global(by[0], by[1], node.told) });
    }
  }
  for (const flow of model.flows) {
    const line = modeling.connect(shapes[flow.source], shapes[flow.target], { type: "bpmn:SequenceFlow" });
    const changed = { id: `${flow.source}_${flow.target}` };
    if (flow.name) changed.name = flow.name;
    if (flow.condition) changed.conditionExpression = moddle.create("bpmn:FormalExpression", { body: flow.condition });
    modeling.updateProperties(line, changed);
    if (flow.default) modeling.updateProperties(shapes[flow.source], { default: line.businessObject });
  }
  const { xml } = await modeler.saveXML({ format: true });
  modeler.destroy();
  place.remove();
  return xml;
}
