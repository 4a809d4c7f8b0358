/* A management library as the tests want it. Signatures and layouts as in nvml.h, API version 13. Three GPUs: a whole one, one cut into two slices, and
   one that answers its handle and nothing else. What fails is told by files in the folder named by AIFACTORY_FAKE_NVML. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int nvmlReturn_t;
typedef struct nvmlDevice_st* nvmlDevice_t;
typedef struct { unsigned long long total, free, used; } nvmlMemory_t;
typedef struct { unsigned int gpu, memory; } nvmlUtilization_t;
typedef struct {
    unsigned int multiprocessorCount, sharedCopyEngineCount, sharedDecoderCount, sharedEncoderCount, sharedJpegCount, sharedOfaCount, gpuInstanceSliceCount, computeInstanceSliceCount;
    unsigned long long memorySizeMB;
} nvmlDeviceAttributes_t;

enum { SUCCESS = 0, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, INSUFFICIENT_SIZE = 7, DRIVER_NOT_LOADED = 9, GPU_IS_LOST = 15, UNKNOWN = 999 };

static const char* uuids[] = { "GPU-aaaaaaaa-0000-0000-0000-000000000000", "GPU-bbbbbbbb-0000-0000-0000-000000000001", "GPU-cccccccc-0000-0000-0000-000000000002",
                               "MIG-dddddddd-0000-0000-0000-000000000003", "MIG-eeeeeeee-0000-0000-0000-000000000004" };
static const char* names[] = { "NVIDIA H100 80GB HBM3", "NVIDIA A100-SXM4-40GB", "NVIDIA L4", "NVIDIA A100-SXM4-40GB MIG 1g.5gb", "NVIDIA A100-SXM4-40GB MIG 3g.20gb" };

static int happens(const char* what) {
    char path[512];
    const char* folder = getenv("AIFACTORY_FAKE_NVML");
    if (!folder) return 0;
    snprintf(path, sizeof path, "%s/%s", folder, what);
    return access(path, F_OK) == 0;
}

static long at(nvmlDevice_t device) { return (long)device - 1; }
static int lost(nvmlDevice_t device) { char what[32]; snprintf(what, sizeof what, "lost-%ld", at(device)); return happens(what); }
static nvmlReturn_t text(const char* value, char* target, unsigned int length) {
    if (strlen(value) + 1 > length) return INSUFFICIENT_SIZE;
    strcpy(target, value);
    return SUCCESS;
}

nvmlReturn_t nvmlInit_v2(void) { return happens("no-driver") ? DRIVER_NOT_LOADED : SUCCESS; }
nvmlReturn_t nvmlShutdown(void) { return SUCCESS; }
nvmlReturn_t nvmlSystemGetDriverVersion(char* version, unsigned int length) { return text("580.65.06", version, length); }
nvmlReturn_t nvmlDeviceGetCount_v2(unsigned int* count) { *count = happens("broken") ? 3 : 2; return SUCCESS; }
nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned int index, nvmlDevice_t* device) { *device = (nvmlDevice_t)(long)(index + 1); return lost(*device) ? GPU_IS_LOST : SUCCESS; }
nvmlReturn_t nvmlDeviceGetHandleByUUID(const char* uuid, nvmlDevice_t* device) {
    for (long i = 0; i < 5; i++)
        if (!strcmp(uuid, uuids[i])) { *device = (nvmlDevice_t)(i + 1); return SUCCESS; }
    return NOT_FOUND;
}
nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char* uuid, unsigned int length) { return at(device) == 2 ? UNKNOWN : text(uuids[at(device)], uuid, length); }
nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char* name, unsigned int length) {
    return text(at(device) > 2 && happens("plain-names") ? names[1] : names[at(device)], name, length);
}
nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t* memory) {
    if (lost(device)) return GPU_IS_LOST;
    memory->total = at(device) == 0 ? 85520809984ULL : 5100273664ULL;
    memory->used = 1073741824ULL;
    memory->free = memory->total - memory->used;
    return SUCCESS;
}
nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t device, nvmlUtilization_t* rates) {
    if (at(device) > 2) return NOT_SUPPORTED;
    rates->gpu = 37;
    rates->memory = 12;
    return SUCCESS;
}
nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t device, unsigned int* power) { if (at(device) > 2) return NOT_SUPPORTED; *power = 412345; return SUCCESS; }
nvmlReturn_t nvmlDeviceGetEnforcedPowerLimit(nvmlDevice_t device, unsigned int* limit) { if (at(device) > 2) return NOT_SUPPORTED; *limit = 700000; return SUCCESS; }
nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t device, int sensor, unsigned int* temperature) {
    if (sensor != 0) return INVALID_ARGUMENT;
    if (at(device) > 2) return NOT_SUPPORTED;
    *temperature = 61;
    return SUCCESS;
}
nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t device, unsigned int* current, unsigned int* pending) {
    if (at(device) == 2) return NOT_SUPPORTED;
    *current = *pending = at(device) == 1;
    return SUCCESS;
}
nvmlReturn_t nvmlDeviceGetMaxMigDeviceCount(nvmlDevice_t device, unsigned int* count) { *count = at(device) == 1 ? 7 : 0; return SUCCESS; }
nvmlReturn_t nvmlDeviceGetMigDeviceHandleByIndex(nvmlDevice_t device, unsigned int index, nvmlDevice_t* slice) {
    if (at(device) != 1 || (index != 0 && index != 2)) return NOT_FOUND;
    *slice = (nvmlDevice_t)(long)(index == 0 ? 4 : 5);
    return SUCCESS;
}
nvmlReturn_t nvmlDeviceGetAttributes_v2(nvmlDevice_t device, nvmlDeviceAttributes_t* attributes) {
    if (at(device) < 3) return NOT_SUPPORTED;
    memset(attributes, 0, sizeof *attributes);
    attributes->multiprocessorCount = at(device) == 3 ? 14 : 42;
    attributes->gpuInstanceSliceCount = attributes->computeInstanceSliceCount = at(device) == 3 ? 1 : 3;
    attributes->memorySizeMB = at(device) == 3 ? 4864 : 19968;
    return SUCCESS;
}
