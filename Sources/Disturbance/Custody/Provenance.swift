/// Where a pack's finding comes from, after W3C PROV as PROV-JSON: `data/provenance.json`.
struct Provenance {
    static let fileName = "data/provenance.json"

    let record: ReplayRecord
    let explanation: TaskExplanation
    /// Of the run's manifest.
    let manifestSHA256: String
    let verdicts: [VerdictRecord]
    let custodian: Custodian

    private typealias Members = [String: JSONValue]

    func bytes() throws -> [UInt8] {
        var entities: Members = [:]
        var generated: Members = [:]
        var used: Members = [:]
        var derived: Members = [:]
        func relation(_ members: [(String, String)]) -> JSONValue {
            .object(Dictionary(uniqueKeysWithValues: members.map { ("prov:\($0.0)", JSONValue.text($0.1)) }))
        }
        var sources: [String: String] = [:]
        for (index, file) in record.files.enumerated() {
            let scene = record.scenes[file.scene]
            let source = sources[file.source.path] ?? "sw:source-\(sources.count + 1)"
            if sources[file.source.path] == nil {
                sources[file.source.path] = source
                var members: Members = [
                    "prov:type": .text("sw:SceneFile"), "prov:label": .text(file.source.path),
                    "sw:scene": .text(scene.id), "sw:acquired": .text(scene.instant),
                ]
                if !scene.platform.isEmpty { members["sw:platform"] = .text(scene.platform) }
                if let sha256 = file.source.sha256 { members["sw:sha256"] = .text(sha256) }
                entities[source] = .object(members)
                used["_:u\(sources.count)"] = relation([("activity", "sw:run"), ("entity", source)])
            }
            let pixels = "sw:pixels-\(index + 1)"
            entities[pixels] = .object([
                "prov:type": .text("sw:Window"), "prov:label": .text(file.path),
                "sw:rows": .text("\(file.source.rows.lowerBound) to \(file.source.rows.upperBound - 1)"),
                "sw:columns": .text("\(file.source.columns.lowerBound) to \(file.source.columns.upperBound - 1)"),
            ])
            derived["_:d\(index + 1)"] = relation([("generatedEntity", pixels), ("usedEntity", source)])
            generated["_:g\(index + 1)"] = relation([("entity", pixels), ("activity", "sw:packing")])
        }
        entities["sw:manifest"] = .object([
            "prov:type": .text("sw:RunManifest"), "prov:label": .text("run.json of \(record.period.label)"),
            "sw:sha256": .text(manifestSHA256),
        ])
        entities["sw:finding"] = .object([
            "prov:type": .text("sw:ObservedChange"), "prov:label": .text(record.finding.id),
            "sw:firstObserved": .text(explanation.finding.firstSeen?.description ?? "unknown"),
            "sw:lastObserved": .text(explanation.finding.lastSeen?.description ?? "unknown"),
        ])
        entities["sw:pack"] = .object([
            "prov:type": .text("sw:EvidencePack"), "prov:label": .text("task \(explanation.task.id)"),
        ])
        for name in ["sw:manifest", "sw:finding"] {
            generated["_:\(name.dropFirst(3))"] = relation([("entity", name), ("activity", "sw:run")])
        }
        generated["_:pack"] = relation([("entity", "sw:pack"), ("activity", "sw:packing")])
        for name in ["sw:manifest", "sw:finding"] {
            used["_:packed-\(name.dropFirst(3))"] = relation([("activity", "sw:packing"), ("entity", name)])
        }
        var activities: Members = [
            "sw:run": .object([
                "prov:type": .text("sw:Run"), "prov:label": .text("scan of \(record.period.label)"),
                "sw:period": .text(record.period.description),
            ]),
            "sw:packing": .object([
                "prov:type": .text("sw:Packing"), "prov:startTime": .text(custodian.time),
                "prov:endTime": .text(custodian.time),
            ]),
        ]
        var agents: Members = [
            "sw:program": .object([
                "prov:type": .text("prov:SoftwareAgent"),
                "prov:label": .text(Pipeline.texts(of: record.versions).joined(separator: ", ")),
            ]),
            "sw:custodian": .object([
                "prov:type": .text("prov:Person"), "prov:label": .text(VisibleText.make(custodian.name)),
            ]),
        ]
        var associated: Members = [
            "_:a-run": relation([("activity", "sw:run"), ("agent", "sw:program")]),
            "_:a-packing": relation([("activity", "sw:packing"), ("agent", "sw:program")]),
            "_:a-custodian": relation([("activity", "sw:packing"), ("agent", "sw:custodian")]),
        ]
        for verdict in verdicts {
            let number = verdict.sequence
            activities["sw:review-\(number)"] = .object([
                "prov:type": .text("sw:Review"), "prov:label": .text("review of \(verdict.runLabel)"),
            ])
            entities["sw:verdict-\(number)"] = .object([
                "prov:type": .text("sw:Verdict"), "prov:label": .text(verdict.verdict.rawValue),
            ])
            agents["sw:reviewer-\(number)"] = .object([
                "prov:type": .text("prov:Person"),
                "prov:label": .text(verdict.reviewer.isEmpty ? "not named" : VisibleText.make(verdict.reviewer)),
            ])
            used["_:review-\(number)"] = relation([("activity", "sw:review-\(number)"), ("entity", "sw:finding")])
            generated["_:verdict-\(number)"] = relation([
                ("entity", "sw:verdict-\(number)"), ("activity", "sw:review-\(number)"),
            ])
            associated["_:reviewer-\(number)"] = relation([
                ("activity", "sw:review-\(number)"), ("agent", "sw:reviewer-\(number)"),
            ])
        }
        let document: Members = [
            "prefix": .object(["sw": .text("urn:sitewarden:")]), "entity": .object(entities),
            "activity": .object(activities), "agent": .object(agents), "used": .object(used),
            "wasGeneratedBy": .object(generated), "wasDerivedFrom": .object(derived),
            "wasAssociatedWith": .object(associated),
        ]
        return try StableJSON.bytes(JSONValue.object(document), isPretty: true)
    }
}
