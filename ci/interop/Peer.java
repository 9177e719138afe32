// A peer on a topic as one of the originals' services is one: Apache Kafka's own client, and the JSON
// library that they used. Run from source:
//
//   java -cp 'JARS/*' Peer.java read
//   java -cp 'JARS/*' Peer.java create  BOOTSTRAP TOPIC PARTITIONS
//   java -cp 'JARS/*' Peer.java produce BOOTSTRAP TOPIC
//   java -cp 'JARS/*' Peer.java consume BOOTSTRAP TOPIC GROUP COUNT SECONDS
//   java -cp 'JARS/*' Peer.java serve   BOOTSTRAP TOPIC GROUP PARTITIONS
//
// `produce` reads records from stdin, one a line, {"key":…,"headers":{…},"value":…}, key and headers
// optional, and sends them to the letter, one after the other. It prints `partition offset` of each.
//
// `consume` takes the topic from where its group is, or from the beginning, and prints each record as one
// line of JSON: partition, offset, key, headers and value as text; `seen`, the headers as their messaging
// library shows them to a service; `read`, what their JSON library makes of the value, or `fault`. It ends
// after COUNT records, or SECONDS.
//
// `serve` makes the topic if it is not there, and then does both until stdin ends: whatever comes on the
// topic it prints as `consume` does, and whatever comes on stdin it sends as `produce` does. It commits what
// it has printed, and leaves the group when it ends.
//
// `read` says the same of records from stdin, without a broker.
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public class Peer {
    /** What the originals' consumers make of any field: by its Java type, as their event classes say. */
    public static class Heard {
        public String eventType;
        public String timestamp;
        public Long id;
        public Long orderId;
        public Long orderid;
        public Long productId;
        public Long payId;
        public Long userId;
        public Long foodcaltalogid;
        public Long customerid;
        public Integer qty;
        public Integer quantity;
        public Integer orderQty;
        public Integer amout;
        public Integer stock;
        public Integer statusCode;
        public Integer priceScore;
        public Integer skillScore;
        public Integer offerPrice;
        public Double price;
        public Boolean successBidderFlag;
        public Boolean feePaymentFlag;
        public String status;
        public String orderStatus;
        public String payStatus;
        public String deliveryStatus;
        public String prodNm;
        public String item;
        public String courseNo;
        public String phonenum;
        public String score;
        public String noticeNo;
        public String orderNo;
        public Date orderdate;
        public Date begindate;
        public Date enddate;
        public Date dueDate;
        public Date participateDate;
        public Boolean me;
    }

    /** As theirs: unknown members do not matter, everything else as the library does by itself. */
    private static final ObjectMapper JSON =
            new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

    private static final BufferedReader LINES =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "read" -> read();
            case "create" -> create(arguments[1], arguments[2], Integer.parseInt(arguments[3]));
            case "produce" -> produce(arguments[1], arguments[2]);
            case "consume" -> consume(
                    arguments[1],
                    arguments[2],
                    arguments[3],
                    Integer.parseInt(arguments[4]),
                    Long.parseLong(arguments[5]));
            case "serve" -> serve(
                    arguments[1], arguments[2], arguments[3], Integer.parseInt(arguments[4]));
            default -> throw new IllegalArgumentException("what is " + arguments[0] + "?");
        }
    }

    private static void read() throws Exception {
        for (String line = LINES.readLine(); line != null; line = LINES.readLine()) {
            JsonNode given = JSON.readTree(line);
            Map<String, String> headers = new LinkedHashMap<>();
            given.path("headers").properties().forEach(
                    header -> headers.put(header.getKey(), header.getValue().asText()));
            ObjectNode told = JSON.createObjectNode();
            tell(told, given.path("key").textValue(), headers, given.path("value").textValue());
            say(told);
        }
    }

    private static void create(String bootstrap, String topic, int partitions) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            NewTopic asked = new NewTopic(topic, Optional.of(partitions), Optional.empty());
            admin.createTopics(List.of(asked)).all().get();
        }
    }

    private static void produce(String bootstrap, String topic) throws Exception {
        send(bootstrap, topic, sent -> System.out.println(sent.partition() + " " + sent.offset()));
    }

    private static void send(String bootstrap, String topic, Consumer<RecordMetadata> done)
            throws Exception {
        // As theirs (wire.md §5).
        Map<String, Object> settings =
                Map.of("bootstrap.servers", bootstrap, "acks", "1", "enable.idempotence", "false");
        var serializer = new ByteArraySerializer();
        try (var producer = new KafkaProducer<>(settings, serializer, serializer)) {
            for (String line = LINES.readLine(); line != null; line = LINES.readLine()) {
                JsonNode given = JSON.readTree(line);
                var record =
                        new ProducerRecord<>(topic, bytes(given.get("key")), bytes(given.get("value")));
                given.path("headers").properties().forEach(
                        header -> record.headers().add(header.getKey(), bytes(header.getValue())));
                done.accept(producer.send(record).get());
            }
        }
    }

    private static void consume(String bootstrap, String topic, String group, int count, long seconds)
            throws Exception {
        try (var consumer = member(bootstrap, topic, group)) {
            long until = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
            int left = count;
            while (left > 0 && System.nanoTime() < until) {
                left -= hear(consumer);
            }
            consumer.commitSync();
        }
    }

    private static void serve(String bootstrap, String topic, String group, int partitions)
            throws Exception {
        try {
            create(bootstrap, topic, partitions);
        } catch (ExecutionException error) {
            if (!(error.getCause() instanceof TopicExistsException)) {
                throw error;
            }
        }
        var ended = new AtomicBoolean();
        var listening = CompletableFuture.runAsync(() -> {
            try (var consumer = member(bootstrap, topic, group)) {
                while (!ended.get()) {
                    // As theirs: what was handled is committed at once.
                    if (hear(consumer) > 0) {
                        consumer.commitSync();
                    }
                }
            } catch (Exception error) {
                error.printStackTrace();
                System.exit(1);
            }
        });
        send(bootstrap, topic, sent -> {
            ObjectNode told = JSON.createObjectNode();
            say(told.put("sent", sent.partition()).put("at", sent.offset()));
        });
        ended.set(true);
        listening.get();
    }

    private static KafkaConsumer<byte[], byte[]> member(String bootstrap, String topic, String group) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", bootstrap,
                "group.id", group,
                "auto.offset.reset", "earliest",
                "enable.auto.commit", "false");
        var deserializer = new ByteArrayDeserializer();
        var consumer = new KafkaConsumer<>(settings, deserializer, deserializer);
        consumer.subscribe(List.of(topic));
        return consumer;
    }

    /** Prints what comes within a moment. How many there were. */
    private static int hear(KafkaConsumer<byte[], byte[]> consumer) throws Exception {
        var records = consumer.poll(Duration.ofMillis(100));
        for (var record : records) {
            ObjectNode told = JSON.createObjectNode();
            told.put("partition", record.partition()).put("offset", record.offset());
            Map<String, String> headers = new LinkedHashMap<>();
            record.headers().forEach(header -> headers.put(header.key(), text(header.value())));
            tell(told, text(record.key()), headers, text(record.value()));
            say(told);
        }
        return records.count();
    }

    private static void tell(
            ObjectNode told, String key, Map<String, String> headers, String value) {
        told.put("key", key);
        told.set("headers", JSON.valueToTree(headers));
        told.put("value", value);
        try {
            told.set("seen", seen(headers));
            told.set("read", JSON.valueToTree(JSON.readValue(value, Heard.class)));
        } catch (Exception fault) {
            told.put("fault", fault.toString());
        }
    }

    /**
     * The headers that a service sees as texts: those that spring_json_header_types names as such, with
     * their quotes taken off. All others reach it as bytes, and are never equal to anything.
     */
    private static ObjectNode seen(Map<String, String> headers) throws Exception {
        ObjectNode seen = JSON.createObjectNode();
        String types = headers.getOrDefault("spring_json_header_types", "{}");
        for (var type : JSON.readTree(types).properties()) {
            String header = headers.get(type.getKey());
            if (header != null && type.getValue().asText().equals("java.lang.String")) {
                boolean quoted = header.startsWith("\"");
                seen.put(type.getKey(), quoted ? JSON.readValue(header, String.class) : header);
            }
        }
        return seen;
    }

    /** A whole line, whoever else has something to say. */
    private static synchronized void say(ObjectNode told) {
        System.out.println(told);
    }

    private static String text(byte[] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[] bytes(JsonNode text) {
        return text == null || text.isNull() ? null : text.asText().getBytes(StandardCharsets.UTF_8);
    }
}
